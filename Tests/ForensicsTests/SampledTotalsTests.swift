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
    }

    private static func totals(_ inputs: [String], _ folder: Folder, sample: Int, seed: Int) throws -> Totals {
        let store = folder.path("\(sample)-\(seed).db")
        let options = ["--sample", "\(sample)", "--sample-seed", "\(seed)", "--store", store, "--quiet"]
        let ingest = try Program.run(["ingest"] + inputs + options)
        try #require(ingest.status == 0, "\(ingest.errors)")
        let summary = try Program.run([
            "summary", "--store", store, "--format", "json", "--include-health-checks",
        ])
        for name in [store, store + "-wal", store + "-shm"] { try? FileManager.default.removeItem(atPath: name) }
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(summary.output.utf8)) as? [String: Any], "\(summary.errors)")
        let row = try #require((json["totals"] as? [[String: Any]])?.first)
        let number = { (name: String) in (row[name] as? NSNumber)?.doubleValue }
        return Totals(
            connections: try #require(number("connections")), connectionsError: number("connections_error"),
            requests: try #require(number("requests")), requestsError: number("requests_error"))
    }

    /// How many of a hundred seeds say how far they may be off and hold the truth, and how many of those that say it do not.
    private static func trial(
        _ inputs: [String]
    ) throws -> (connections: Int, requests: Int, wrongRequests: Int) {
        let folder = try Folder()
        defer { folder.remove() }
        let truth = try totals(inputs, folder, sample: 1, seed: 0)
        var result = (connections: 0, requests: 0, wrongRequests: 0)
        for seed in 1...100 {
            let told = try totals(inputs, folder, sample: 10, seed: seed)
            if let error = told.connectionsError, abs(told.connections - truth.connections) <= error {
                result.connections += 1
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
        // Its requests come in connections that a load balancer pools: a few decide, and seldom is an error told.
        #expect(result.wrongRequests <= 5)
    }

    @Test func `requests and connections of many small flows hold the truth in 95 of 100 seeds`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Benchmarks/generate.py").path
        let made = try Program.tool("python3", [script, "pcap", folder.path("many.pcap"), "5000"])
        try #require(made.status == 0, "\(made.errors)")
        let result = try Self.trial([folder.path("many.pcap")])
        #expect(result.connections >= 95)
        #expect(result.requests >= 95)
    }
}
