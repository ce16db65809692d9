import ForensicsModel
import ForensicsTrack
import Testing

/// What holds of stitching for any rows: nothing is lost, and nothing depends on how rows came or were held.
@Suite struct FlowStitcherPropertyTests {
    private typealias Row = FlowStitcherTests.Row

    /// The same numbers in every run.
    private struct Numbers {
        private var state: UInt64
        init(_ seed: UInt64) { state = seed }
        mutating func next(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
    }

    /// Rows of an hour: few clients, so that flows go on, end and begin anew on the same ports.
    private static func rows(_ count: Int, seed: UInt64) -> [Row] {
        var numbers = Numbers(seed)
        return (0..<count).map { _ in
            let client = Endpoint(
                IPAddress(v4: 0xC633_6400 + UInt32(numbers.next(40))), UInt16(40_000 + numbers.next(9)))
            let start = Int64(numbers.next(3600))
            let flags: [UInt8?] = [nil, 0, 1, 2, 3, 4, 18, 19]
            return Row(
                start: start, end: start + Int64(numbers.next(58)), fromClient: numbers.next(2) == 0,
                flags: flags[Int(numbers.next(8))], isReject: numbers.next(9) == 0,
                isIngress: numbers.next(2) == 0 ? nil : numbers.next(2) == 0, ends: (client, FlowStitcherTests.server),
                interface: numbers.next(5) == 0 ? "eni-2" : "eni-1")
        }
    }

    /// What a connection says, its texts aside.
    private static func told(_ connections: [Connection]) -> [String] {
        connections.sorted { $0.id < $1.id }.map { fact in
            var fact = fact
            fact.details = .none
            return "\(fact)"
        }
    }

    private static func stitched(_ rows: [Row], limit: Int, parts: Int) -> (told: [Connection], evicted: UInt64) {
        var stitcher = FlowStitcher(limit: limit, rowLimit: rows.count)
        let size = (rows.count + parts - 1) / parts
        for first in stride(from: 0, to: rows.count, by: size) {
            let part = Array(rows[first..<min(rows.count, first + size)])
            stitcher.take(FlowStitcherTests.batch(part, firstRecord: UInt32(first) + 2))
        }
        return (stitcher.connections(next: nil), stitcher.evicted)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `rows in parts of any size give the same connections`(seed: UInt64) {
        let rows = Self.rows(3000, seed: seed)
        let once = Self.stitched(rows, limit: 10_000, parts: 1).told
        #expect(once.count > 500)
        for parts in [2, 7, 100] {
            #expect(Self.told(Self.stitched(rows, limit: 10_000, parts: parts).told) == Self.told(once))
        }
    }

    @Test(arguments: [1, 5, 40, 80]) func `what is cut for want of room is counted, and no packet is lost`(limit: Int) {
        var rows = Self.rows(3000, seed: 9)
        for index in rows.indices { rows[index].isReject = false }
        let (found, evicted) = Self.stitched(rows, limit: limit, parts: 3)
        let packets = found.reduce(0) { $0 + ($1.packetsFromClient ?? 0) + ($1.packetsFromServer ?? 0) }
        #expect(packets == 3000 * 10)
        #expect(evicted > 0)
        #expect(Set(found.map(\.id)).count == found.count)
        let whole = Self.stitched(rows, limit: 10_000, parts: 1)
        #expect(whole.evicted == 0)
        #expect(whole.told.count < found.count)
    }

    /// Times that are no whole seconds, or far apart, are put into order as well.
    @Test func `rows come in order of time whatever their times are`() {
        let second: Int64 = 1_000_000_000
        let starts: [[Int64]] = [
            [5 * second, 3 * second, 3 * second, 4 * second], [5 * second + 1, 3 * second, 3 * second + 2, 0],
            [.min, .max - 1, 0, -second], [],
        ]
        for starts in starts {
            var batch = FlowIntervals()
            for (index, start) in starts.enumerated() {
                var row = FlowInterval(
                    id: FactID(source: 1, record: UInt32(index) + 1), source: FlowStitcherTests.client,
                    destination: FlowStitcherTests.server, ipProtocol: 6)
                row.setTimes(Timestamp(nanoseconds: start), Timestamp(nanoseconds: start))
                row.flags = 2
                batch.rows.append(row)
            }
            var stitcher = FlowStitcher(limit: 10, rowLimit: 10)
            stitcher.take(batch)
            let found = stitcher.connections(next: nil)
            // The earliest row of a connection names it.
            let earliest = starts.enumerated().min { ($0.element, $0.offset) < ($1.element, $1.offset) }
            let first = found.min { $0.start < $1.start }
            #expect(first?.id.record == earliest.map { UInt32($0.offset) + 1 })
        }
    }

    @Test func `who serves is the same when several threads look at rows`() {
        let rows = FlowStitcherTests.listener(400)
        func servers(parts: Int) -> FlowServers {
            var all = FlowServers()
            for part in 0..<parts {
                var one = FlowServers()
                one.observe(FlowStitcherTests.batch(rows.indices.filter { $0 % parts == part }.map { rows[$0] }))
                all.formUnion(one)
            }
            all.formUnion(FlowServers())
            return all
        }
        func told(_ servers: FlowServers) -> [Endpoint] {
            var stitcher = FlowStitcher(limit: 1000, rowLimit: 1000, servers: servers)
            stitcher.take(FlowStitcherTests.batch(rows))
            return stitcher.connections(next: nil).map(\.server)
        }
        let once = told(servers(parts: 1))
        #expect(once.count { $0 == Endpoint(FlowStitcherTests.server.address, 8443) } == 400)
        #expect(told(servers(parts: 4)) == once)
    }
}
