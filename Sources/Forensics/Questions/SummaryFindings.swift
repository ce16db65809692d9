import ForensicsModel
import ForensicsStore

/// The findings as `summary` tells them: those that `findings` has for the same options.
struct SummaryFindings {
    private let found: [Finding]
    private let vantages: [UInt32: String]
    /// What to know of them.
    let notes: [String]

    private static let loopLimit = 5
    private static let loopChecks: Set = ["redirect-loop", "proxy-loop", "traffic-loop"]

    init(_ session: CaseSession) throws(ForensicsError) {
        let selection = try FindingSelection(session)
        found = selection.found.map(\.finding)
        vantages = session.vantages
        notes = selection.notes
    }

    /// The types of load balancers that marks in the packets of a capture tell, in words.
    func loadBalancerTypes(_ group: EvidenceGroup) -> [String] {
        let sources = Set(group.sources)
        let telling = found.filter { $0.check == "load-balancer-type" && sources.contains($0.id.source) }
        return Set(telling.map(\.subject)).sorted()
    }

    /// Requests and packets that go round, the most frequent first; no row where none was found.
    var loops: ReportTable {
        let all = found.filter { Self.loopChecks.contains($0.check) }.sorted { left, right in
            left.count != right.count ? left.count > right.count : left.id < right.id
        }
        let shown = all.prefix(Self.loopLimit)
        return ReportTable(
            name: "loops", title: "Loops",
            columns: [
                ReportColumn("check", "Check", isKey: true), ReportColumn("kind", "Kind"),
                ReportColumn("vantage", "Vantage", isSecondary: true), ReportColumn("blame", "Blame"),
                ReportColumn("subject", "Subject", isKey: true), ReportColumn("count", "Sightings", .count),
            ],
            rows: shown.map { finding in
                [
                    .text(finding.check), .text(finding.kind.name), .optional(vantages[finding.id.source]),
                    .optional(finding.blame.name), .text(finding.subject), .integer(Int64(clamping: finding.count)),
                ]
            }, note: all.count > shown.count ? "\(NumberText.grouped(Int64(all.count - shown.count))) more" : nil)
    }

    /// What machines read of the rest: what to know of the findings.
    var caveats: ReportTable {
        ReportTable(
            name: "caveats", columns: [ReportColumn("text")], rows: notes.map { [.text($0)] })
    }

    /// How often each check found something.
    var table: ReportTable {
        // Two kinds of evidence, or two vantages, may tell of one error: they are not added.
        var sums: [[String]: (severity: Severity, episodes: Int64, count: Int64)] = [:]
        for finding in found {
            let key = [finding.check, finding.kind.name, vantages[finding.id.source] ?? ""]
            var sum = sums[key] ?? (finding.severity, 0, 0)
            sum.episodes += 1
            sum.count += Int64(clamping: finding.count)
            sums[key] = sum
        }
        let keys = sums.keys.sorted { left, right in
            let (a, b) = (sums[left]?.severity ?? .info, sums[right]?.severity ?? .info)
            return a != b ? a > b : left.lexicographicallyPrecedes(right)
        }
        return ReportTable(
            name: "findings", title: "Findings",
            columns: [
                ReportColumn("check", "Check"), ReportColumn("severity", "Severity"), ReportColumn("kind", "Kind"),
                ReportColumn("vantage", "Vantage", isSecondary: true),
                ReportColumn("episodes", "Episodes", .count),
                ReportColumn("count", "Sightings", .count),
            ],
            rows: keys.map { key in
                let sum = sums[key] ?? (.info, 0, 0)
                return ReportRow([
                    .text(key[0]), .text(sum.severity.name), .text(key[1]), .optional(key[2].isEmpty ? nil : key[2]),
                    .integer(sum.episodes), .integer(sum.count),
                ])
            })
    }
}
