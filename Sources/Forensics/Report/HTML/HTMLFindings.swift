import ForensicsCompare
import ForensicsModel

/// The findings by check, kind of evidence and vantage: how often about whom, and the records that show it.
///
/// Different kinds of evidence, and vantages, see the same traffic, so their counts are never added.
struct HTMLFindings {
    let findings: [Finding]
    let sourceName: (UInt32) -> String
    let vantage: (UInt32) -> String?
    /// What the measures of a check are numbers of.
    let unit: (String) -> Finding.Unit

    /// Subjects listed of one check at most.
    private static let subjectLimit = 100
    /// Records listed of one check at most: the first of every finding before the second of any.
    private static let evidenceLimit = 50

    private struct Group {
        var check: String
        var kind: EvidenceKind
        var vantage: String?
        var findings: [Finding]
        var severity: Severity { findings.map(\.severity).max() ?? .info }
        var count: UInt64 { findings.reduce(0) { $0 &+ $1.count } }
    }

    func html() -> String { groups.map(section).joined() }

    /// The gravest first, then the most frequent.
    private var groups: [Group] {
        var places: [String: Int] = [:]
        var groups: [Group] = []
        for finding in findings {
            let vantage = vantage(finding.id.source)
            let key = "\(finding.kind.rawValue) \(finding.check) \(vantage ?? "")"
            if let place = places[key] {
                groups[place].findings.append(finding)
            } else {
                places[key] = groups.count
                groups.append(
                    Group(check: finding.check, kind: finding.kind, vantage: vantage, findings: [finding]))
            }
        }
        return groups.sorted { left, right in
            if left.severity != right.severity { return left.severity > right.severity }
            if left.count != right.count { return left.count > right.count }
            return (left.check, left.kind.rawValue, left.vantage ?? "")
                < (right.check, right.kind.rawValue, right.vantage ?? "")
        }
    }

    private func section(_ group: Group) -> String {
        let subjects = subjects(group)
        var out = "<details class=\"finding \(group.severity.name)\"><summary><b>\(HTMLText.escaped(group.check))</b> "
        out += "<span class=\"faint\">\(group.severity.name), in \(HTMLText.escaped(group.kind.name))"
        if isApart(group) { out += " of \(HTMLText.escaped(group.vantage ?? "-"))" }
        out += ": "
        out += "\(plural(group.findings.count, "finding")) about \(plural(subjects.rows.count, "subject")), seen "
        out += group.count == 1 ? "once" : "\(NumberText.grouped(Int64(clamping: group.count))) times"
        out += "</span></summary>\n"
        out += HTMLTable.html(cut(subjects, Self.subjectLimit, "subjects"), label: "\(group.check): subjects")
        out += HTMLTable.html(cut(evidence(group), Self.evidenceLimit, "records"), caption: "Evidence")
        return out + "</details>\n"
    }

    /// Whether the check found something at another vantage too.
    private func isApart(_ group: Group) -> Bool {
        findings.contains {
            $0.check == group.check && $0.kind == group.kind && vantage($0.id.source) != group.vantage
        }
    }

    private func plural(_ count: Int, _ word: String) -> String {
        "\(NumberText.grouped(Int64(count))) \(word)\(count == 1 ? "" : "s")"
    }

    private func cut(_ table: ReportTable, _ limit: Int, _ word: String) -> ReportTable {
        guard table.rows.count > limit else { return table }
        var table = table
        table.note =
            "\(NumberText.grouped(Int64(table.rows.count - limit))) more \(word): `lbforensics findings` has them."
        table.rows.removeLast(table.rows.count - limit)
        return table
    }

    private func subjects(_ group: Group) -> ReportTable {
        let bySubject = Dictionary(grouping: group.findings) { $0.subject }
        let sums = bySubject.map { subject, own in
            (
                subject: subject, own: own, count: own.reduce(0) { $0 &+ $1.count },
                // What the largest of them says.
                largest: own.reduce(own[0]) { $1.count > $0.count ? $1 : $0 }
            )
        }
        let sorted = sums.sorted { $0.count != $1.count ? $0.count > $1.count : $0.subject < $1.subject }
        return ReportTable(
            name: "subjects",
            columns: [
                ReportColumn("subject", isKey: true), ReportColumn("findings", nil, .count),
                ReportColumn("seen", nil, .count), ReportColumn("first", nil, .time), ReportColumn("last", nil, .time),
                ReportColumn("blame", "blames"), ReportColumn("summary", "what the largest says"),
            ],
            rows: sorted.map { one in
                [
                    .text(one.subject), .integer(Int64(one.own.count)), .integer(Int64(clamping: one.count)),
                    .optional(one.own.map(\.start.nanoseconds).min()), .optional(one.own.map(\.end.nanoseconds).max()),
                    .optional(one.largest.blame.name), .text(one.largest.summary),
                ]
            })
    }

    private func evidence(_ group: Group) -> ReportTable {
        let unit = unit(group.check)
        let tables = group.findings.map { ($0.subject, FindingsReport.evidence($0, unit: unit, path: sourceName)) }
        var rows: [ReportRow] = []
        for place in 0..<(tables.map { $0.1.rows.count }.max() ?? 0) {
            for (subject, table) in tables where place < table.rows.count {
                rows.append(ReportRow([.text(subject)] + table.rows[place].cells))
            }
        }
        return ReportTable(
            name: "evidence", columns: [ReportColumn("subject", isKey: true)] + (tables.first?.1.columns ?? []),
            rows: rows)
    }
}
