import ForensicsAnalyze
import ForensicsModel
import Testing

/// Requests whose clients gave up before any answer.
@Suite struct RequestAbandonedTests {
    private static let second: Int64 = 1_000_000_000
    private static let target = "10.0.0.16:8443"

    /// A captured request without an answer, whose client left.
    private static func left(
        _ fixture: inout CheckFixture, after waited: Int64, cause: ExchangeCause = .clientClosed,
        blame: Blame = .client,
        flags: ExchangeFlags = .aborted, sending: Int64 = 0
    ) {
        fixture.exchange(at: 10, .pcap) {
            $0.status = nil
            $0.targetStatus = nil
            $0.targetTime = nil
            $0.requestTime = sending
            $0.totalTime = sending + waited
            $0.flags = flags
            $0.cause = cause
            $0.blame = blame
        }
    }

    /// What became of a captured request, and whether it is told.
    private struct Left {
        var waited = 2 * second
        var cause = ExchangeCause.clientClosed
        var blame = Blame.client
        var flags: ExchangeFlags = .aborted
        var isTold = true
    }

    private static let cases = [
        Left(), Left(cause: .reset), Left(blame: .loadBalancer),
        // In time, cut by the target, with a part of the request missing.
        Left(waited: second, isTold: false), Left(cause: .reset, blame: .target, isTold: false),
        Left(flags: [.aborted, .requestIncomplete], isTold: false),
    ]

    @Test(arguments: cases.indices)
    func `a captured request that its client left after more than a second is told of the target`(index: Int) {
        let left = Self.cases[index]
        let found = CheckFixture.told {
            Self.left(&$0, after: left.waited, cause: left.cause, blame: left.blame, flags: left.flags)
        }
        #expect(found == (left.isTold ? ["request-abandoned target \(Self.target) 1"] : []))
    }

    @Test func `a request that did not arrive is the network's`() {
        let found = CheckFixture.told { Self.left(&$0, after: 2 * Self.second, flags: [.aborted, .undelivered]) }
        #expect(found == ["request-abandoned network \(Self.target) 1"])
    }

    @Test func `the time that the client sent for is not waited`() {
        #expect(CheckFixture.told { Self.left(&$0, after: Self.second, sending: 9 * Self.second) }.isEmpty)
    }

    @Test func `rows with status 460 are told once, by target, and the load balancer where they name none`() {
        func row(_ change: @escaping (inout Exchange) -> Void) -> [String] {
            CheckFixture.told {
                $0.exchange(at: 10) {
                    $0.status = 460
                    $0.targetStatus = nil
                    $0.targetTime = nil
                    $0.totalTime = 12 * Self.second
                    $0.cause = .clientClosed
                    $0.blame = .client
                    change(&$0)
                }
            }
        }
        #expect(row { _ in } == ["request-abandoned target \(Self.target) 1"])
        #expect(row { $0.target = nil } == ["request-abandoned unknown (unknown) 1"])
        #expect(row { $0.totalTime = Self.second }.isEmpty)
        // Its answer had begun.
        #expect(row { $0.targetStatus = 200 }.allSatisfy { !$0.hasPrefix("request-abandoned") })
    }

    @Test func `many rows with status 460 are the client's errors only where it did not wait`() {
        func told(after waited: Int64) -> [String] {
            CheckFixture.told {
                for _ in 0..<30 {
                    $0.exchange(at: 10) {
                        $0.status = 460
                        $0.targetStatus = nil
                        $0.targetTime = nil
                        $0.totalTime = waited
                        $0.cause = .clientClosed
                        $0.blame = .client
                    }
                }
            }
        }
        #expect(told(after: 12 * Self.second) == ["request-abandoned target \(Self.target) 30"])
        #expect(told(after: Self.second / 3).map { $0.hasPrefix("http-4xx client ") } == [true])
    }

    @Test func `the sentence tells how long was waited`() {
        var fixture = CheckFixture()
        Self.left(&fixture, after: 2 * Self.second)
        Self.left(&fixture, after: 3 * Self.second)
        #expect(
            fixture.findings.map(\.summary) == [
                "2 requests to \(Self.target) had no answer when their clients gave up after up to 3 s."
            ])
    }
}
