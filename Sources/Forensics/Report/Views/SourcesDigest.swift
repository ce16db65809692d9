import ForensicsCompare

/// The ledger of many inputs for people: those of one kind, vantage and status together, and alone the inputs of which
/// something could not be used, or is odd.
///
/// A load balancer writes an object for each node and five minutes: among thousands of rows nobody sees the one that counts.
public struct SourcesDigest: Sendable {
    /// Inputs up to this number are listed one by one: they fit a screen.
    private static let few = 40
    /// Inputs that are listed alone at most.
    private static let listed = 20

    /// What became of inputs that are not whole.
    private static let damaged: Set = ["partial", "salvaged", "failed"]

    /// A row for each kind, vantage and status.
    public let together: ReportTable
    /// The inputs with rejected, else anomalous records, or that are not whole: those with most first.
    public let alone: ReportTable

    /// Creates the digest; `nil` where the inputs are few enough to be listed.
    public init?(_ entries: [SourcesReport.Entry]) {
        guard entries.count > Self.few else { return nil }
        var places: [[String?]: Int] = [:]
        var groups: [Group] = []
        for entry in entries {
            let key = [entry.kind, entry.vantage, entry.status]
            let place = places[key] ?? groups.count
            places[key] = place
            if place == groups.count { groups.append(Group(sum: entry, count: 0)) }
            groups[place].add(entry)
        }
        together = Self.table(groups)
        alone = Self.alone(entries)
    }

    /// Inputs that differ in nothing but their time.
    private struct Group {
        var sum: SourcesReport.Entry
        var count: Int64

        mutating func add(_ entry: SourcesReport.Entry) {
            count += 1
            if count == 1 { return }
            sum.bytes &+= entry.bytes
            sum.firstTime = [sum.firstTime, entry.firstTime].compactMap { $0 }.min()
            sum.lastTime = [sum.lastTime, entry.lastTime].compactMap { $0 }.max()
            sum.records &+= entry.records
            sum.accepted &+= entry.accepted
            sum.ignored &+= entry.ignored
            sum.rejected &+= entry.rejected
            sum.anomalous &+= entry.anomalous
        }
    }

    private static func table(_ groups: [Group]) -> ReportTable {
        ReportTable(
            name: "kinds",
            columns: [
                ReportColumn("kind", isKey: true), ReportColumn("vantage"), ReportColumn("inputs", nil, .count),
                ReportColumn("bytes", nil, .bytes, isSecondary: true),
                ReportColumn("first_time", nil, .time, isSecondary: true),
                ReportColumn("last_time", nil, .time, isSecondary: true), ReportColumn("records", nil, .count),
                ReportColumn("accepted", nil, .count, isSecondary: true),
                ReportColumn("ignored", nil, .count, isSecondary: true),
                ReportColumn("rejected", nil, .count, isPoint: true), ReportColumn("anomalous", nil, .count),
                ReportColumn("status", isPoint: true),
            ],
            rows: groups.map { group in
                let sum = group.sum
                return ReportRow(
                    [
                        .text(sum.kind), .optional(sum.vantage), .integer(group.count), .integer(sum.bytes),
                        .optional(sum.firstTime), .optional(sum.lastTime), .integer(sum.records),
                        .integer(sum.accepted), .integer(sum.ignored), .integer(sum.rejected), .integer(sum.anomalous),
                        .text(sum.status),
                    ], emphasis: sum.rejected > 0 ? .warning : .none)
            })
    }

    private static func alone(_ entries: [SourcesReport.Entry]) -> ReportTable {
        func isOdd(_ entry: SourcesReport.Entry) -> Bool {
            entry.rejected > 0 || entry.anomalous > 0 || damaged.contains(entry.status)
        }
        let odd = entries.filter(isOdd).sorted { left, right in
            if left.rejected != right.rejected { return left.rejected > right.rejected }
            if left.anomalous != right.anomalous { return left.anomalous > right.anomalous }
            return left.id < right.id
        }
        var table = SourcesReport.table(Array(odd.prefix(listed))).without(["sha256"])
        table.title = "Inputs with rejected or anomalous records, or not whole"
        let left = odd.count - table.rows.count
        table.note =
            left > 0 ? "\(NumberText.grouped(Int64(left))) more; `lbforensics sources` lists every input." : nil
        return table
    }
}
