import Foundation
import Testing

/// Time that no evidence covers is told, and is no time in which nothing happened.
@Suite(.enabled(if: Program.path != nil, "the program is not built")) struct UncoveredTimeTests {
    /// Ten minutes of requests from 09:00 on, in a log and in a capture.
    private static func withCase(_ body: (Folder, String) throws -> Void) throws {
        let folder = try Folder()
        defer { folder.remove() }
        var talk = CaptureTalk()
        for place in 0..<30 {
            talk.add(
                .init(
                    client: "198.51.100.7", clientPort: 20_000 + place, server: "10.9.0.1", serverPort: 80,
                    requests: [(Double(place) * 20 + 2, 200)]))
        }
        let log = try folder.log(
            "alb.log", (0..<60).map { EvidenceLines.alb(Double($0) * 10, "198.51.100.1", trace: $0 + 1) })
        let capture = try folder.file("web1.pcap", talk.data)
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", log, capture.path, "--store", store, "-q"]).status == 0)
        try body(folder, store)
    }

    private static let before = ["--from", "2026-03-17T07:00:00Z", "--to", "2026-03-17T07:10:00Z"]

    @Test(arguments: [
        ["top", "client"], ["timeline"], ["spikes"], ["summary"], ["findings"], ["export", "requests"],
        ["export", "findings"], ["query", "client-ips"], ["carve"], ["report"],
    ])
    func `every command that reads says so and ends with 65, also with -q`(command: [String]) throws {
        try Self.withCase { folder, store in
            var arguments = command + Self.before + ["--store", store, "-q"]
            let file = folder.path("out")
            if ["carve", "report"].contains(command[0]) { arguments += ["--output", file] }
            let run = try Program.run(arguments)
            #expect(run.status == 65, "\(run.output)")
            let text = "no evidence covers 2026-03-17T07:00:00Z to 2026-03-17T07:10:00Z (there is "
            #expect(run.errors.contains(text), "\(run.errors)")
            #expect(!FileManager.default.fileExists(atPath: file))
        }
    }

    @Test func `what is covered and holds nothing is an answer`() throws {
        try Self.withCase { folder, store in
            // No request of the log ends within it, no packet lies in it.
            let within = ["--from", "2026-03-17T09:00:05Z", "--to", "2026-03-17T09:00:06Z", "--store", store]
            for command in [["summary"], ["findings"], ["export", "requests"], ["query", "client-ips"]] {
                let run = try Program.run(command + within)
                #expect(run.status == 0 && !run.errors.contains("no evidence covers"), "\(command) \(run.errors)")
            }
            let carved = try Program.run(["carve", "--output", folder.path("out")] + within)
            #expect(carved.status == 0 && carved.errors.contains("0 packets"), "\(carved.errors)")
        }
    }
}
