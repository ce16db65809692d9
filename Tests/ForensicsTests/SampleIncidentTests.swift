import Forensics
import ForensicsModel
import Foundation
import Testing

/// The incident of SampleData, from the files to the answer. The numbers come from SampleData/truth.json, which an
/// independent reader in Python counted.
@Suite struct SampleIncidentTests {
    static let root: URL = {
        var folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        while folder.path != "/",
            !FileManager.default.fileExists(atPath: folder.appendingPathComponent("Makefile").path)
        {
            folder.deleteLastPathComponent()
        }
        return folder
    }()

    static func path(_ name: String) -> String { root.appendingPathComponent("SampleData/\(name)").path }

    static var truth: [String: Any] {
        let data = FileManager.default.contents(atPath: path("truth.json")) ?? Data()
        return (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] ?? [:]
    }

    static func temporaryCase() throws -> (store: String, remove: () -> Void) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lbforensics-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return (folder.appendingPathComponent("case.db").path, { try? FileManager.default.removeItem(at: folder) })
    }

    static func ingest(_ inputs: [String], into store: String, jobs: Int = 2) throws -> IngestSummary {
        var request = IngestRequest(store: store, inputs: inputs)
        request.jobs = jobs
        request.ownersFile = path("owners.csv")
        return try request.run(note: { _ in }, progress: { _ in })
    }

    static func export(_ view: String, _ store: String) throws -> String {
        var text = ""
        let style = OutputStyle(format: .csv, width: 0, usesColor: false, isRaw: false)
        try ExportQuestion(view: view, restrictions: Restrictions(store: store)).answer(style: style) { text += $0 }
        return text
    }

    static func compare(_ store: String, kind: String?, table: String? = nil, format: ReportFormat = .csv) throws
        -> String
    {
        var restrictions = Restrictions(store: store)
        if let kind { restrictions.kinds = [kind] }
        var question = CompareQuestion(
            before: "2026-03-17T09:20:00Z/15m", during: "2026-03-17T09:35:00Z/15m", restrictions: restrictions)
        question.table = table
        question.limit = 100_000
        var text = ""
        let style = OutputStyle(format: format, width: 0, usesColor: false, isRaw: false)
        try question.answer(style: style, note: { _ in }) { text += $0 }
        return text
    }

    static func count(_ kind: String, _ window: String, _ dimension: String) -> [String: Int] {
        let side = (truth[kind] as? [String: Any])?[window] as? [String: Any]
        return side?[dimension] as? [String: Int] ?? [:]
    }

    @Test func `the ledger adds up and holds every line of the logs`() throws {
        let (store, remove) = try Self.temporaryCase()
        defer { remove() }
        let summary = try Self.ingest([Self.path("AWSLogs"), Self.path("captures")], into: store)
        #expect(summary.failure == nil)
        for entry in summary.entries { #expect(entry.records == entry.accepted + entry.ignored + entry.rejected) }
        for kind in ["nlb", "alb"] {
            let lines = (Self.truth[kind] as? [String: Any])?["lines"] as? Int
            #expect(summary.entries.filter { $0.kind == kind }.reduce(0) { $0 + Int($1.records) } == lines)
        }
        let packets = (Self.truth["captures"] as? [String: Any])?["packets"] as? [String: Int] ?? [:]
        for entry in summary.entries where entry.kind == "pcap" {
            #expect(Int(entry.records) == packets[URL(fileURLWithPath: entry.path).lastPathComponent])
        }
    }

    @Test(arguments: ["nlb", "alb"]) func `counts per client, port and domain equal those of an independent reader`(
        kind: String
    ) throws {
        let (store, remove) = try Self.temporaryCase()
        defer { remove() }
        _ = try Self.ingest([Self.path("AWSLogs")], into: store)
        for (window, span) in [("before", ("09:20", "09:35")), ("during", ("09:35", "09:50"))] {
            for (dimension, key) in [
                ("client", "client"), ("target-port", kind == "nlb" ? "port" : "target_port"), ("domain", "domain"),
            ] {
                var restrictions = Restrictions(store: store)
                restrictions.kinds = [kind]
                (restrictions.from, restrictions.to) = (span.0, span.1)
                var question = TopQuestion(dimension: dimension, restrictions: restrictions)
                question.limit = 1_000_000
                var text = ""
                let style = OutputStyle(format: .json, width: 0, usesColor: false, isRaw: false)
                try question.answer(style: style) { text += $0 }
                let rows = try Answer.rows(text)
                let measure = kind == "nlb" ? "connections" : "requests"
                let name = dimension.replacingOccurrences(of: "-", with: "_")
                var found: [String: Int] = [:]
                for row in rows {
                    guard let value = row[name] as? String else { continue }
                    found[value] = row[measure] as? Int
                }
                // A request that no target got has no target port.
                let expected = Self.count(kind, window, key).filter { $0.key != "-" }
                #expect(!expected.isEmpty)
                #expect(found == expected, "\(kind) \(window) \(dimension)")
            }
        }
    }

    @Test func `the four planted addresses come out with their owner and nobody else is new`() throws {
        let (store, remove) = try Self.temporaryCase()
        defer { remove() }
        _ = try Self.ingest([Self.path("AWSLogs"), Self.path("captures")], into: store)
        let planted: Set = ["198.51.100.67", "198.51.100.74", "203.0.113.45", "198.18.77.9"]
        let lines = try Self.compare(store, kind: "nlb").split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let header = try #require(lines.first)
        let client = try #require(header.firstIndex(of: "client_ip"))
        let owner = try #require(header.firstIndex(of: "owner"))
        let before = try #require(header.firstIndex(of: "long_before"))
        let fresh = lines.dropFirst().filter { $0[before] == "0" }
        #expect(Set(fresh.map { $0[client] }) == planted)
        #expect(fresh.allSatisfy { $0[owner] == "Northwind Telemetry" })
        let text = try Self.compare(store, kind: nil, format: .table)
        for address in planted { #expect(text.contains(address)) }
        #expect(text.contains("36 % of the increase"))
    }

    @Test func `neither threads, nor order, nor parts, nor a second run change the case`() throws {
        let views = [
            "rejects", "coverage", "connections", "requests", "health_checks", "flow_records", "findings", "evidence",
            "activity", "distributions",
        ]
        let whole = try Self.temporaryCase()
        defer { whole.remove() }
        _ = try Self.ingest([Self.path("AWSLogs"), Self.path("captures")], into: whole.store, jobs: 1)
        let expected = try views.map { try Self.export($0, whole.store) }
        let parts = try Self.temporaryCase()
        defer { parts.remove() }
        _ = try Self.ingest(
            [Self.path("captures/target-a.pcap1.gz"), Self.path("captures/target-a.pcap0.gz")], into: parts.store,
            jobs: 4)
        _ = try Self.ingest([Self.path("AWSLogs")], into: parts.store, jobs: 3)
        _ = try Self.ingest([Self.path("captures")], into: parts.store, jobs: 2)
        let again = try Self.ingest([Self.path("captures"), Self.path("AWSLogs")], into: parts.store, jobs: 2)
        #expect(again.entries.isEmpty)
        for (view, text) in zip(views, expected) {
            #expect(try Self.export(view, parts.store) == text, "\(view)")
        }
        #expect(expected[2].count > 1000)
    }

    @Test func `windows that overlap or lie outside the evidence are refused`() throws {
        let (store, remove) = try Self.temporaryCase()
        defer { remove() }
        _ = try Self.ingest([Self.path("AWSLogs")], into: store)
        let ask = { (before: String, during: String) in
            let question = CompareQuestion(before: before, during: during, restrictions: Restrictions(store: store))
            try question.answer(
                style: OutputStyle(format: .csv, width: 0, usesColor: false, isRaw: false), note: { _ in }, to: { _ in }
            )
        }
        #expect(throws: ForensicsError(.usage, "")) { try ask("09:20/15m", "09:30/15m") }
        #expect(throws: ForensicsError(.data, "")) { try ask("2025-01-01T00:00:00Z/15m", "2026-03-17T09:30:00Z/15m") }
        #expect(throws: ForensicsError(.noInput, "")) { try ask("no-such-file", "09:30/15m") }
    }

    @Test func `single connections are ranked by what each has, and what they cannot be ranked by is refused`() throws {
        let (store, remove) = try Self.temporaryCase()
        defer { remove() }
        _ = try Self.ingest([Self.path("captures")], into: store)
        func rows(_ by: RankMeasure) throws -> [[String: Any]] {
            var question = TopQuestion(dimension: "connection", restrictions: Restrictions(store: store))
            (question.by, question.limit) = (by, 50)
            var text = ""
            try question.answer(style: OutputStyle(format: .json, width: 0, usesColor: false, isRaw: false)) {
                text += $0
            }
            return try Answer.rows(text)
        }
        for (measure, column) in [(RankMeasure.duration, "duration_ms"), (.bytes, "bytes"), (.errors, "errors")] {
            let values = try rows(measure).compactMap { ($0[column] as? NSNumber)?.doubleValue }
            #expect(values.count == 50 && values == values.sorted(by: >), "\(measure)")
        }
        for measure in [RankMeasure.requests, .connections] {
            #expect(throws: ForensicsError(.usage, "")) { try rows(measure) }
        }
    }
}
