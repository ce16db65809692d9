import Forensics
import ForensicsCompare
import ForensicsModel
import Foundation
import Testing

/// The report's map sums to what the comparison counts, whatever is counted in whatever evidence.
@Suite struct FlowMapTotalTests {
    /// What each kind of evidence of the sample may be compared by.
    private static let measures: [String: [RankMeasure]] = [
        "nlb": [.connections, .bytes, .errors, .duration],
        "alb": [.requests, .bytes, .errors, .duration],
        "pcap": [.requests, .connections, .bytes, .errors, .duration],
    ]

    private static func withSample(_ body: (String) throws -> Void) throws {
        let (store, remove) = try SampleIncidentTests.temporaryCase()
        defer { remove() }
        let inputs = ["AWSLogs", "captures"].map { SampleIncidentTests.path($0) }
        #expect(try SampleIncidentTests.ingest(inputs, into: store).failure == nil)
        try body(store)
    }

    private static func question(_ store: String, _ kind: String, _ measure: RankMeasure?) -> CompareQuestion {
        var restrictions = Restrictions(store: store)
        restrictions.kinds = [kind]
        var question = CompareQuestion(
            before: "2026-03-17T09:20:00Z/15m", during: "2026-03-17T09:35:00Z/15m", restrictions: restrictions)
        question.by = measure
        return question
    }

    /// The map's part of the report.
    private static func map(_ question: CompareQuestion, limit: Int? = nil) throws -> String {
        var html = ""
        var report = ReportQuestion(comparison: question, command: "", version: "")
        if let limit { report.wayLimit = limit }
        try report.answer(note: { _ in }) { html += $0 }
        return html.components(separatedBy: "<section id=\"map\"")[1].components(separatedBy: "</section>")[0]
    }

    /// Before and during, from `1,324 requests before and 2,997 during in`.
    private static func total(_ map: String) throws -> [Int64] {
        let text = try #require(map.components(separatedBy: "<p class=\"faint\">").dropFirst().first)
        let words = text.components(separatedBy: " during in")[0].split(separator: " ")
        return words.compactMap { Int64($0.filter { $0 != "," }) }
    }

    /// The shares beside the names of a column, summed: before and during.
    private static func shares(_ map: String, _ column: String) -> [Double] {
        let part = map.components(separatedBy: "<div class=\"\(column)\"")[1]
            .components(separatedBy: "</div>\n</div>")[0]
        let shares = part.components(separatedBy: "<span class=\"n faint\">").dropFirst().map { text in
            text.components(separatedBy: "</span>")[0].components(separatedBy: " → ").map {
                Double($0.filter { $0.isNumber || $0 == "." }) ?? .nan
            }
        }
        return [0, 1].map { side in shares.reduce(0) { $0 + $1[side] } }
    }

    @Test func `the map counts what the total of the same report counts`() throws {
        try Self.withSample { store in
            for (kind, measures) in Self.measures {
                for measure in measures {
                    for anchor in ["record", "start", "overlap"] {
                        var question = Self.question(store, kind, measure)
                        question.anchor = anchor
                        let total = try question.compare(note: { _ in }).total
                        let map = try Self.map(question)
                        #expect(try Self.total(map) == [total.before, total.during], "\(kind) \(measure) \(anchor)")
                        for column in ["from", "bands", "to"] {
                            // Whole per cents of at most ten names.
                            let sums = Self.shares(map, column)
                            #expect(sums.allSatisfy { abs($0 - 100) <= 5 }, "\(kind) \(measure) \(column) \(sums)")
                        }
                    }
                }
            }
        }
    }

    private struct Row {
        var names: [String]
        /// Before and during.
        var counts: [Int64]
    }

    /// The rows of the map's table.
    private static func rows(_ map: String) -> [Row] {
        map.components(separatedBy: "<tr>").dropFirst(2).map { row in
            let cells = row.components(separatedBy: "<td").dropFirst().map { cell in
                let text = cell.components(separatedBy: "</td>")[0].drop { $0 != ">" }.dropFirst()
                return text.split(separator: "<", omittingEmptySubsequences: false).map { part in
                    part.contains(">") ? String(part.drop { $0 != ">" }.dropFirst()) : String(part)
                }.joined()
            }
            return Row(
                names: Array(cells.prefix(3)),
                counts: cells.dropFirst(3).prefix(2).map { Int64($0.filter(\.isNumber)) ?? -1 })
        }
    }

    /// Requests of ALB logs by client network, load balancer and target group, counted in SQL.
    private static func requests(_ store: String) throws -> [Row] {
        let text = """
            SELECT client_ip || ' ' || load_balancer || ' ' || coalesce(target_group, '-') || ' '
              || sum(time < '2026-03-17T09:35') || ' ' || sum(time >= '2026-03-17T09:35') AS counts
            FROM requests WHERE kind = 'alb' AND is_health_check = 0
              AND time >= '2026-03-17T09:20' AND time < '2026-03-17T09:50'
            GROUP BY client_ip, load_balancer, target_group
            """
        var csv = ""
        let style = OutputStyle(format: .csv, width: 0, usesColor: false, isRaw: true)
        try SQLQuestion(text: text, restrictions: Restrictions(store: store)).answer(style: style) { csv += $0 }
        return try csv.split(whereSeparator: \.isNewline).dropFirst().map { line in
            let words = line.split(separator: " ").map(String.init)
            let address = try #require(IPAddress(words[0]))
            let network = IPNetwork(address, length: address.isV4 ? 24 : 48).description
            let group = words[2] == "-" ? "no target group" : String(words[2].split(separator: "/")[1])
            return Row(
                names: [network, String(words[1].split(separator: "/")[1]), group],
                counts: words.suffix(2).map { Int64($0) ?? -1 })
        }
    }

    @Test(arguments: [nil, 64])
    func `every way of the map has the counts that SQL has, with more ways than it tells too`(
        limit: Int?
    ) throws {
        let (store, remove) = try SampleIncidentTests.temporaryCase()
        defer { remove() }
        // Without owners there are more networks.
        var request = IngestRequest(store: store, inputs: [SampleIncidentTests.path("AWSLogs")])
        request.jobs = 2
        #expect(try request.run(note: { _ in }, progress: { _ in }).failure == nil)
        let requests = try Self.requests(store)
        #expect(Set(requests.map { "\($0.names)" }).count > 64)
        let map = try Self.map(Self.question(store, "alb", .requests), limit: limit)
        let rows = Self.rows(map)
        let named = (0..<3).map { column in Set(rows.map { $0.names[column] }) }
        #expect(rows.count > 10 && named[0].contains("(other)") == (limit != nil))
        for row in rows {
            let own = requests.filter { request in
                (0..<3).allSatisfy { column in
                    let name = request.names[column]
                    return row.names[column] == (limit == nil || named[column].contains(name) ? name : "(other)")
                }
            }
            let sums = [0, 1].map { side in own.reduce(0) { $0 + $1.counts[side] } }
            #expect(row.counts == sums, "\(row.names)")
        }
        let notes = map.components(separatedBy: "There are more than the 64 ways that the map tells apart")
        #expect(notes.count == (limit == nil ? 1 : 3))
        guard limit != nil else { return }
        for side in [0, 1] {
            #expect(try rows.reduce(0) { $0 + $1.counts[side] } == Self.total(map)[side])
        }
    }

    @Test func `of a capture the map counts pooled connections, and bytes of connections alone`() throws {
        try Self.withSample { store in
            var csv = ""
            let style = OutputStyle(format: .csv, width: 0, usesColor: false, isRaw: false)
            let text = """
                SELECT count(*) || ' ' || sum(role = 'backend') || ' '
                  || sum(coalesce(bytes_from_client, 0) + coalesce(bytes_from_server, 0)) AS counts
                FROM connections WHERE kind = 'pcap' AND is_health_check = 0
                  AND end_time >= '2026-03-17T09:35' AND end_time < '2026-03-17T09:50'
                """
            try SQLQuestion(text: text, restrictions: Restrictions(store: store)).answer(style: style) { csv += $0 }
            let line = try #require(csv.split(whereSeparator: \.isNewline).last)
            let counts = line.split(separator: " ").compactMap { Int64($0) }
            try #require(counts.count == 3)
            #expect(counts[1] > 0)
            let map = try Self.map(Self.question(store, "pcap", .connections))
            #expect(try Self.total(map).last == counts[0])
            #expect(map.contains("Owner or client network not told: connections that a load balancer shares among"))
            #expect(try Self.total(Self.map(Self.question(store, "pcap", .bytes))).last == counts[2])
        }
    }

    @Test func `what came with the client's own address is not said to have come directly`() throws {
        try Self.withSample { store in
            // SampleData/README.md: it came through the NLB checkout-nlb, which keeps the address.
            let map = try Self.map(Self.question(store, "pcap", .requests))
            #expect(map.contains("<bdi>not told</bdi>") && !map.contains("directly</bdi>"))
            #expect(map.contains("it came directly, or through a load balancer that keeps that address."))
        }
    }
}
