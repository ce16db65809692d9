import Foundation
import Testing

/// What `summary` says of a sample holds the truth, whichever flows the sample has.
@Suite(.enabled(if: Program.path != nil)) struct SampledTotalsTests {
    /// A count of `summary` and how far it may be off; `nil` where it does not say.
    private struct Totals {
        var connections: Double
        var connectionsError: Double?
        var requests: Double
        var requestsError: Double?
        var bytes: Double
        var bytesError: Double?
        /// Connections by client.
        var clients: [String: (count: Double, error: Double?)]
    }

    /// How many of a hundred seeds say how far they may be off and hold the truth, and how many say it and do not.
    private struct Outcome {
        var connections = 0
        var requests = 0
        var wrongRequests = 0
        var bytes = 0
        var wrongBytes = 0
        /// Of the clients of all seeds together.
        var clients = 0
        var wrongClients = 0
    }

    private static func totals(_ inputs: [String], _ folder: Folder, sample: Int, seed: Int) throws -> Totals {
        let store = folder.path("\(sample)-\(seed).db")
        let chosen = sample > 1 ? ["--sample", "\(sample)", "--sample-seed", "\(seed)"] : []
        let ingest = try Program.run(["ingest"] + inputs + chosen + ["--store", store, "--quiet"])
        try #require(ingest.status == 0, "\(ingest.errors)")
        let summary = try Program.run([
            "summary", "--store", store, "--format", "json", "--include-health-checks",
        ])
        let top = try Program.run([
            "top", "client", "--by", "connections", "--limit", "50", "--store", store, "--format", "json",
            "--include-health-checks",
        ])
        for name in [store, store + "-wal", store + "-shm"] { try? FileManager.default.removeItem(atPath: name) }
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(summary.output.utf8)) as? [String: Any], "\(summary.errors)")
        let row = try #require((json["totals"] as? [[String: Any]])?.first)
        let number = { (name: String) in (row[name] as? NSNumber)?.doubleValue }
        let clients = try Answer.rows(top.output).compactMap { row -> (String, (count: Double, error: Double?))? in
            guard let client = row["client"] as? String, let count = row["connections"] as? NSNumber else { return nil }
            return (client, (count.doubleValue, (row["error"] as? NSNumber)?.doubleValue))
        }
        return Totals(
            connections: try #require(number("connections")), connectionsError: number("connections_error"),
            requests: try #require(number("requests")), requestsError: number("requests_error"),
            bytes: try #require(number("bytes")), bytesError: number("bytes_error"),
            clients: Dictionary(clients) { first, _ in first })
    }

    private static func trial(_ inputs: [String]) throws -> Outcome {
        let folder = try Folder()
        defer { folder.remove() }
        let truth = try totals(inputs, folder, sample: 1, seed: 0)
        var result = Outcome()
        for seed in 1...100 {
            let told = try totals(inputs, folder, sample: 10, seed: seed)
            if let error = told.connectionsError, abs(told.connections - truth.connections) <= error {
                result.connections += 1
            }
            for (client, known) in truth.clients {
                guard let estimate = told.clients[client], let error = estimate.error else { continue }
                if abs(estimate.count - known.count) <= error { result.clients += 1 } else { result.wrongClients += 1 }
            }
            if let error = told.bytesError {
                if abs(told.bytes - truth.bytes) <= error { result.bytes += 1 } else { result.wrongBytes += 1 }
            }
            guard let error = told.requestsError else { continue }
            if abs(told.requests - truth.requests) <= error { result.requests += 1 } else { result.wrongRequests += 1 }
        }
        return result
    }

    /// Health checks are counted with them: TCP ones are told by their pace, which a sample breaks.
    @Test func `connections of the sample incident hold the truth in 95 of 100 seeds`() throws {
        let result = try Self.trial([SampleIncidentTests.path("captures")])
        #expect(result.connections >= 95)
        #expect(result.clients > 1000)
        #expect(result.wrongClients * 20 <= result.clients + result.wrongClients)
        // Its requests come in connections that a load balancer pools: a few decide, and seldom is an error told.
        #expect(result.wrongRequests <= 5 && result.wrongBytes <= 5)
    }

    /// What was recorded of real programs: the packets of a load balancer's targets, and of browsers.
    @Test(
        .enabled(if: RealLogs.folder != nil, "LBFORENSICS_TESTDATA names no folder of real captures"),
        arguments: [
            (0..<4).map { "incident/target.pcap\($0).gz" },
            ["pcaps/seladb+PcapPlusPlus/Tests/ExamplesTest/pcap_examples/tls2.pcap"],
        ])
    func `connections of recorded traffic hold the truth in 95 of 100 seeds`(names: [String]) throws {
        let root = try #require(RealLogs.folder).deletingLastPathComponent()
        let result = try Self.trial(names.map { root.appendingPathComponent($0).path })
        #expect(result.connections >= 95)
        #expect(result.clients > 100)
        #expect(result.wrongClients * 20 <= result.clients + result.wrongClients)
        #expect(result.wrongRequests <= 5 && result.wrongBytes <= 5)
    }

    @Test func `requests, connections and bytes of many small flows hold the truth in 95 of 100 seeds`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Benchmarks/generate.py").path
        let made = try Program.tool("python3", [script, "pcap", folder.path("many.pcap"), "5000"])
        try #require(made.status == 0, "\(made.errors)")
        let result = try Self.trial([folder.path("many.pcap")])
        #expect(result.connections >= 95)
        #expect(result.requests >= 95)
        #expect(result.bytes >= 95)
    }
}
