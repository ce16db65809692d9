import Foundation
import Testing

/// Whose connections fail, beside requests that fail for it.
@Suite(.enabled(if: Program.path != nil, "the program is not built")) struct FailedConnectionTests {
    private static let minutes = 20
    private static let (application, dependency) = ("10.0.5.20", "10.0.9.9")

    /// An application that forty clients ask every second, and that asks a service for every other request. During, what asked the
    /// service is answered 500.
    ///
    /// - Parameter fails: adds what fails beside that, given the time of each request that does.
    private static func compared(_ fails: (inout CaptureTalk, _ time: Double, _ number: Int) -> Void) throws
        -> ComparedAnswer
    {
        var talk = CaptureTalk()
        let length = minutes * 60
        for number in 0..<2 * length {
            let time = Double(number)
            let (asks, isDuring) = (number % 2 == 0, number >= length)
            talk.add(
                CaptureTalk.Conversation(
                    client: "198.51.100.\(number % 40 + 1)", clientPort: 20_000 + number, server: application,
                    serverPort: 8080, requests: [(time, asks && isDuring ? 500 : 200)]))
            if asks, isDuring {
                fails(&talk, time, number)
            } else if asks {
                talk.add(
                    CaptureTalk.Conversation(
                        client: application, clientPort: 30_000 + number, server: dependency, serverPort: 8081,
                        requests: [(time + 0.0002, 200)]))
            }
        }
        let folder = try Folder()
        defer { folder.remove() }
        let (capture, store) = (try folder.file("a.pcap", talk.data), folder.path("case.db"))
        #expect(try Program.run(["ingest", capture.path, "--store", store, "-q"]).status == 0)
        return try ComparedAnswer([
            "--store", store, "--before", EvidenceLines.window(0, minutes: minutes), "--during",
            EvidenceLines.window(length, minutes: minutes),
        ])
    }

    private static func refused(_ client: String, _ clientPort: Int, _ server: String, _ port: Int, _ time: Double)
        -> CaptureTalk.Conversation
    {
        CaptureTalk.Conversation(
            client: client, clientPort: clientPort, server: server, serverPort: port, requests: [(time + 0.004, 0)],
            isRefused: true)
    }

    @Test func `a service that refuses the application which answers 500 is named beside it`() throws {
        let answer = try Self.compared { talk, time, number in
            talk.add(Self.refused(Self.application, 30_000 + number, Self.dependency, 8081, time))
        }
        #expect(answer.sentence.contains("5xx responses (nearly all 500) appeared (600,"), "\(answer.sentence)")
        #expect(answer.sentence.contains("resets appeared (600,"), "\(answer.sentence)")
        #expect(
            answer.sentence.contains(
                "Of the new failed connections target 10.0.9.9:8081 makes 100 %, all of them from client 10.0.5.20."),
            "\(answer.sentence)")
        let failed = try #require(answer.members["failed_connections"] as? [String: Any])
        #expect(failed["sort"] as? String == "failed_connections")
        #expect((failed["total"] as? [String: Any])?["during"] as? Int == 600)
        #expect(answer.members["failures"] as? [String: Any] != nil)
    }

    @Test func `who tries ports beside requests that fail is named, and no port`() throws {
        let answer = try Self.compared { talk, time, number in
            talk.add(Self.refused("203.0.113.7", 40_000, Self.application, 1024 + number, time))
        }
        #expect(
            answer.sentence.contains("Of the new failed connections client 203.0.113.7 makes 100 %."),
            "\(answer.sentence)")
    }

    @Test func `requests that fail alone say nothing of connections`() throws {
        let answer = try Self.compared { _, _, _ in }
        #expect(answer.sentence.contains("5xx responses"), "\(answer.sentence)")
        #expect(!answer.sentence.contains("failed connections"), "\(answer.sentence)")
        #expect(answer.members["failed_connections"] is NSNull)
    }
}
