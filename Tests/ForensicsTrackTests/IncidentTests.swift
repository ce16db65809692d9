import Foundation
import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Testing

/// The recorded incident: a rotated capture of a target, what tshark counts in it, and what the target's own log says.
@Suite(.enabled(if: Evidence.isThere)) struct IncidentTests {
    private static let batches: [PacketBatch] = (0..<4).flatMap { part in
        Evidence.packets(Evidence.read("incident/target.pcap\(part).gz"), source: UInt32(part + 1))
    }
    private static let tracked = Tracked(batches)

    private func oracle() throws -> [String: Int] {
        let data = Data(Evidence.read("incident/tshark.json"))
        let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        return json.compactMapValues { $0 as? Int }
    }

    private func sum(_ value: (Connection) -> UInt32?) -> Int {
        Self.tracked.connections.reduce(0) { $0 + Int(value($1.fact) ?? 0) }
    }

    @Test func `connections, resets and TCP analysis are tshark's`() throws {
        let expected = try oracle()
        let tcp = Self.tracked.connections.filter { $0.fact.transport == .tcp }
        #expect(tcp.count == expected["tcp_streams"])
        #expect(sum(\.resets) == expected["rst"])
        #expect(sum(\.zeroWindows) == expected["zero_window"])
        #expect(sum(\.retransmissions) == expected["retransmission_all"])
        // The forwarder repeats seven packets with their IP id after two milliseconds. tshark takes some of those for
        // duplicate ACKs or segments out of order; here they are copies and belong to no analysis.
        #expect(Self.tracked.counters.duplicates == 7)
        #expect(abs(sum(\.outOfOrder) - (expected["out_of_order"] ?? 0)) <= 1)
        #expect(abs(sum(\.duplicateACKs) - (expected["duplicate_ack"] ?? 0)) <= 2)
    }

    /// The words of each line of the target's log that was written while the capture ran; it began earlier and ended
    /// later. `time peer local status bytes seconds xff=… trace=Root=… conn=… "GET …" "agent"`.
    private func logLines() -> [[Substring]] {
        let times = Self.batches.flatMap(\.packets).map { Double($0.time.nanoseconds) / 1e9 }
        guard let first = times.min(), let last = times.max() else { return [] }
        let log = String(decoding: Evidence.read("incident/nginx.log.gz"), as: UTF8.self)
        // The log's times are whole milliseconds, cut.
        return log.split(separator: "\n").map { $0.split(separator: " ") }.filter {
            guard let time = $0.first.flatMap({ Double($0) }) else { return false }
            return time >= first && time + 0.001 <= last
        }
    }

    /// Trace id and status of each request in the target's log.
    private func answered() -> [String: Int] {
        var statuses: [String: Int] = [:]
        for words in logLines() {
            guard words.count > 7, let status = Int(words[3]) else { continue }
            let trace = words[7].dropFirst("trace=Root=1-".count).filter { $0 != "-" }
            if trace.count == 32 { statuses[String(trace)] = status }
        }
        return statuses
    }

    @Test func `every request that the target answered is there with its status`() {
        let log = answered()
        #expect(log.count > 5000)
        var seen: [String: Int?] = [:]
        for exchange in Self.tracked.exchanges {
            guard case .root(let high, let low) = exchange.fact.trace else { continue }
            let digits = [high, low].map { word in
                let text = String(word, radix: 16)
                return String(repeating: "0", count: 16 - text.count) + text
            }
            // An answer that the capture's end cuts off has no status here.
            let status: Int? = exchange.fact.status.map(Int.init)
            seen[digits.joined()] = status
        }
        var missing = 0
        for (trace, status) in log {
            guard let found = seen[trace] else {
                missing += 1
                continue
            }
            if let found { #expect(found == status, "\(trace)") }
        }
        #expect(missing == 0)
        #expect(seen.values.count { $0 == nil } <= 20)
    }

    @Test func `HTTP requests are tshark's and those it takes for continuations`() throws {
        // With heads cut at 512 bytes tshark loses its place and prints 99 requests as "Continuation"; it counts one
        // that is a retransmission.
        let expected = try #require(try oracle()["http_requests"])
        #expect(Self.tracked.exchanges.count == expected + 99 - 1)
        #expect(Self.tracked.counters.resynchronizations == 0)
    }

    @Test func `health checks are those of the target's log`() {
        let logged = logLines().filter { $0.last?.contains("ELB-HealthChecker") == true }
        // They all succeed.
        #expect(logged.allSatisfy { $0[3] == "200" })
        #expect(logged.count == 17)
        #expect(Self.tracked.checks.count { $0.outcome == .success } == logged.count)
    }

    @Test func `no client is named for a connection that it shared`() {
        let clients = Dictionary(grouping: Self.tracked.exchanges.filter { $0.chain != nil }) { $0.fact.connection }
        for connection in Self.tracked.connections {
            guard let requests = clients[connection.fact.id] else { continue }
            #expect(connection.fact.role == .backend)
            #expect(connection.fact.client.address == connection.fact.peer)
            #expect(requests.allSatisfy { $0.fact.client.address != connection.fact.peer })
        }
        #expect(!clients.isEmpty)
    }

    @Test func `one, two and four trackers give the same facts`() {
        let end = Self.batches.flatMap(\.packets).map(\.time).max()
        for count in [2, 4] {
            var parts = Tracked([], end: end)
            for part in 0..<count {
                parts.merge(Tracked(Self.batches, end: end, shards: Tracker.mask(part: part, of: count)))
            }
            #expect(parts.connections.map(\.fact.id) == Self.tracked.connections.map(\.fact.id))
            #expect(parts.connections.map(\.history) == Self.tracked.connections.map(\.history))
            #expect(parts.exchanges.map(\.fact.id) == Self.tracked.exchanges.map(\.fact.id))
            #expect(parts.exchanges.map(\.fact.time) == Self.tracked.exchanges.map(\.fact.time))
            #expect(parts.events.map(\.id) == Self.tracked.events.map(\.id))
            #expect(parts.counters == Self.tracked.counters)
        }
    }
}
