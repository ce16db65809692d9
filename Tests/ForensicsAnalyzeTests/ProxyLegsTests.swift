import ForensicsAnalyze
import ForensicsModel
import Testing

/// Requests and connections that a capture of all interfaces sees twice, and such as only look alike.
@Suite struct ProxyLegsTests {
    private static let front = Endpoint(IPAddress(v4: 0x0A00_0105), 80)
    private static let local = Endpoint(IPAddress(v4: 0x7F00_0001), 8080)
    private static let balancer = Endpoint(IPAddress(v4: 0x0A00_090A), 31_000)
    private static let loopback = Endpoint(IPAddress(v4: 0x7F00_0001), 52_000)

    private func request(
        _ record: UInt32, _ peer: Endpoint, _ target: Endpoint, from start: Int64, to end: Int64,
        trace: UInt64? = nil, bytes: UInt64 = 70, names client: Endpoint? = nil
    ) -> Exchange {
        var exchange = Exchange(
            id: FactID(source: 1, record: record), offset: 0, kind: .pcap,
            time: Timestamp(nanoseconds: end * 1_000_000), client: client ?? peer)
        exchange.peer = peer.address
        exchange.start = Timestamp(nanoseconds: start * 1_000_000)
        exchange.target = target
        exchange.connection = FactID(source: 1, record: record - 1)
        exchange.bytesFromClient = bytes
        if let trace { exchange.trace = .root(1, trace) }
        return exchange
    }

    /// Which of the requests, by record, are second legs.
    private func seconds(_ parts: [[Exchange]]) -> [UInt32] {
        var legs = ProxyLegs()
        var found: [UInt32] = []
        for part in parts {
            var batch = FactBatch()
            batch.exchanges = part
            legs.sift(&batch)
            found += batch.exchanges.filter { $0.flags.contains(.secondLeg) }.map(\.id.record)
        }
        #expect(legs.count == UInt64(found.count))
        return found
    }

    @Test func `a request with another's trace inside its time to another server is its second leg`() {
        let outer = request(10, Self.balancer, Self.front, from: 100, to: 200, trace: 7)
        #expect(seconds([[outer, request(11, Self.loopback, Self.local, from: 101, to: 199, trace: 7)]]) == [11])
        // Both attempts of a proxy that tries again.
        let again = Endpoint(IPAddress(v4: 0x0A00_0202), 8080)
        #expect(
            seconds([
                [
                    outer, request(11, Self.loopback, Self.local, from: 101, to: 150, trace: 7),
                    request(12, Self.front, again, from: 151, to: 199, trace: 7),
                ]
            ]) == [11, 12])
    }

    @Test func `what only has the same trace is no second leg`() {
        let outer = request(10, Self.balancer, Self.front, from: 100, to: 200, trace: 7)
        // Another trace, the same server, later, around it.
        for other in [
            request(11, Self.loopback, Self.local, from: 101, to: 199, trace: 8),
            request(11, Self.balancer, Self.front, from: 101, to: 199, trace: 7),
            request(11, Self.loopback, Self.local, from: 300, to: 310, trace: 7),
            request(11, Self.loopback, Self.local, from: 150, to: 260, trace: 7),
        ] {
            #expect(seconds([[outer, other]]) == [])
        }
        // A capture of the inner way alone has nothing else to count.
        #expect(seconds([[request(11, Self.loopback, Self.local, from: 101, to: 199, trace: 7)]]) == [])
    }

    @Test(arguments: ["/a", "/b"])
    func `a path is the same in another batch, whatever number it has there`(path: String) {
        let client = Endpoint(IPAddress(v4: 0xC633_6401), 40_000)
        let pod = Endpoint(IPAddress(v4: 0x0AF4_0107), 8080)
        var legs = ProxyLegs()
        var first = FactBatch()
        var outer = request(10, client, Self.front, from: 100, to: 200)
        outer.pathTemplate = first.texts.intern("/a")
        first.exchanges = [outer]
        legs.sift(&first)
        var second = FactBatch()
        if path == "/a" { _ = second.texts.intern("comes before") }
        var inner = request(11, client, pod, from: 100, to: 200)
        inner.pathTemplate = second.texts.intern(path)
        second.exchanges = [inner]
        legs.sift(&second)
        #expect(legs.count == (path == "/a" ? 1 : 0))
    }

    @Test func `a request from the same port with as many bytes is the same before and after a translation`() {
        let client = Endpoint(IPAddress(v4: 0xC633_6401), 40_000)
        let pod = Endpoint(IPAddress(v4: 0x0AF4_0107), 8080)
        let outer = request(10, client, Self.front, from: 100, to: 200)
        #expect(seconds([[outer, request(11, client, pod, from: 100, to: 200)]]) == [11])
        let others = [
            request(11, client, pod, from: 100, to: 200, bytes: 71),
            request(11, client, Self.front, from: 100, to: 200),
            request(11, Endpoint(client.address, 40_001), pod, from: 100, to: 200),
            // Whose client a header names, whose port is not known.
            request(11, client, pod, from: 100, to: 200, names: Endpoint(IPAddress(v4: 0xC633_6409), 0)),
        ]
        for other in others { #expect(seconds([[outer, other]]) == []) }
    }

    @Test func `a request that names the client of another inside its time is what a proxy made of it`() {
        let client = Endpoint(IPAddress(v4: 0xC633_6401), 40_000)
        let proxy = Endpoint(IPAddress(v4: 0x0A00_0106), 33_000)
        let app = Endpoint(IPAddress(v4: 0x0A00_0202), 8080)
        let named = Endpoint(client.address, 0)
        func sift(_ arrivals: [Exchange], _ passed: Exchange, path: String = "/a", forwarded: String? = "198.51.100.1")
            -> [UInt32]
        {
            var batch = FactBatch()
            batch.exchanges = arrivals + [passed]
            for index in batch.exchanges.indices {
                let isLast = index == arrivals.count
                batch.exchanges[index].pathTemplate = batch.texts.intern(isLast ? path : "/a")
                batch.exchanges[index].method = batch.texts.intern("GET")
                batch.exchanges[index].status = 200
                if isLast, let forwarded { batch.exchanges[index].forwardedFor = batch.texts.intern(forwarded) }
            }
            var legs = ProxyLegs()
            legs.sift(&batch)
            return batch.exchanges.filter { $0.flags.contains(.secondLeg) }.map(\.id.record)
        }
        let outer = request(10, client, Self.front, from: 100, to: 200)
        // Other bytes, as headers were added, and a trace that the proxy gave it.
        #expect(sift([outer], request(11, proxy, app, from: 101, to: 199, trace: 7, bytes: 130, names: named)) == [11])
        // Two at once of one client.
        let brief = request(12, client, Self.front, from: 120, to: 130)
        #expect(sift([outer, brief], request(13, proxy, app, from: 102, to: 199, bytes: 130, names: named)) == [13])
        let inner = request(11, proxy, app, from: 101, to: 199, bytes: 130, names: named)
        #expect(sift([outer], inner, path: "/b") == [])
        #expect(sift([outer], inner, forwarded: nil) == [])
        #expect(sift([], inner) == [])
        for other in [
            request(11, proxy, app, from: 300, to: 310, bytes: 130, names: named),
            request(11, proxy, Self.front, from: 101, to: 199, bytes: 130, names: named),
            request(11, proxy, app, from: 101, to: 199, bytes: 130, names: Endpoint(IPAddress(v4: 0xC633_6402), 0)),
        ] {
            #expect(sift([outer], other) == [])
        }
        // One of another load balancer, with a trace of its own.
        let traced = request(10, Self.balancer, Self.front, from: 100, to: 200, trace: 9, names: named)
        #expect(sift([traced], request(11, proxy, app, from: 101, to: 199, trace: 7, names: named)) == [])
    }

    @Test func `a local server that is known for it is known where its first leg is told later`() {
        let known = [
            request(10, Self.balancer, Self.front, from: 100, to: 200, trace: 7),
            request(11, Self.loopback, Self.local, from: 101, to: 199, trace: 7),
            request(13, Self.loopback, Self.local, from: 201, to: 298, trace: 8),
        ]
        #expect(seconds([known, [request(12, Self.balancer, Self.front, from: 200, to: 300, trace: 8)]]) == [11, 13])
    }

    @Test func `a connection with the client's port and the numbers of another is its second leg`() {
        let client = Endpoint(IPAddress(v4: 0xC633_6401), 40_000)
        func connection(_ record: UInt32, _ client: Endpoint, _ server: Endpoint, _ numbers: UInt64) -> Connection {
            var fact = Connection(
                id: FactID(source: 1, record: record), offset: 0, kind: .pcap, start: Timestamp(nanoseconds: 5),
                end: Timestamp(nanoseconds: 9), client: client, server: server)
            fact.initialNumbers = numbers
            return fact
        }
        var batch = FactBatch()
        batch.connections = [
            connection(1, client, Self.front, 77), connection(2, client, Self.local, 77),
            connection(3, client, Self.local, 78), connection(4, Endpoint(client.address, 40_001), Self.local, 79),
            // What is not known is not the same.
            connection(5, client, Self.front, 0), connection(6, client, Self.local, 0),
        ]
        // One that carries a second leg is one.
        batch.exchanges = [
            request(10, Self.balancer, Self.front, from: 100, to: 200, trace: 7),
            request(21, Self.loopback, Self.local, from: 101, to: 199, trace: 7),
        ]
        batch.connections.append(connection(20, Self.loopback, Self.local, 500))
        var legs = ProxyLegs()
        legs.sift(&batch)
        #expect(batch.connections.filter { $0.flags.contains(.secondLeg) }.map(\.id.record) == [2, 20])
    }

    @Test(
        arguments: [
            // To the pod, as long after as a packet takes inside of a host.
            (40_000, pod, 50_000, true),
            // Another port, the same end again, later.
            (40_001, pod, 50_000, false), (40_000, front, 50_000, false), (40_000, pod, 2_000_000, false),
        ] as [(UInt16, Endpoint, Int64, Bool)])
    func `an attempt that nobody answers is a second leg behind a translated destination`(
        _ port: UInt16, _ server: Endpoint, _ later: Int64, _ isSecond: Bool
    ) {
        let client = Endpoint(IPAddress(v4: 0xC633_6401), 40_000)
        func attempt(_ record: UInt32, _ client: Endpoint, _ server: Endpoint, _ start: Int64) -> Connection {
            var fact = Connection(
                id: FactID(source: 1, record: record), offset: 0, kind: .pcap, start: Timestamp(nanoseconds: start),
                end: Timestamp(nanoseconds: start + 9), client: client, server: server)
            fact.initialNumbers = 77 << 32
            return fact
        }
        var batch = FactBatch()
        batch.connections = [
            attempt(1, client, Self.front, 100), attempt(2, Endpoint(client.address, port), server, 100 + later),
            // Whoever floods a server begins with one number, whatever address he takes.
            attempt(3, Self.node, Self.front, 100 + later),
        ]
        var legs = ProxyLegs()
        legs.sift(&batch)
        #expect(batch.connections.filter { $0.flags.contains(.secondLeg) }.map(\.id.record) == (isSecond ? [2] : []))
    }

    @Test func `a scanner that begins all attempts with one number makes all of them`() {
        func attempts(_ servers: [Endpoint]) -> UInt64 {
            var batch = FactBatch()
            batch.connections = servers.enumerated().map { number, server in
                var fact = Connection(
                    id: FactID(source: 1, record: UInt32(number + 1)), offset: 0, kind: .pcap,
                    start: Timestamp(nanoseconds: Int64(number) * 10_000),
                    end: Timestamp(nanoseconds: Int64(number) * 10_000 + 9),
                    client: Endpoint(IPAddress(v4: 0xC633_6401), 40_000), server: server)
                fact.initialNumbers = 0x5A17_C3D2 << 32
                return fact
            }
            var legs = ProxyLegs()
            legs.sift(&batch)
            return legs.count
        }
        // Ports of one server; of many servers the second alone might be the first, translated.
        #expect(attempts((1...500).map { (port: UInt16) in Endpoint(Self.front.address, port) }) == 0)
        #expect(attempts((1...500).map { (host: UInt32) in Endpoint(IPAddress(v4: 0x0A07_0000 + host), 443) }) == 1)
    }

    private static let node = Endpoint(IPAddress(v4: 0x0A00_0105), 61_000)
    private static let pod = Endpoint(IPAddress(v4: 0x0AF4_0107), 8080)
    /// Initial numbers as hosts draw them.
    private static let drawn: UInt64 = 0x5A17_C3D2_9B04_E681

    @Test(
        arguments: [
            // Translated to the pod, from the node's address and another port; half translated on its way back; from another address
            // to the same server.
            (node, pod, 0, drawn, true), (Endpoint(IPAddress(v4: 0xC633_6401), 40_000), pod, 9_000_000, drawn, true),
            (node, front, 0, drawn, true),
            // The same way again, other numbers, and those that a simple stack gives to everybody.
            (Endpoint(IPAddress(v4: 0xC633_6401), 40_000), front, 0, drawn, false),
            (node, front, 2_000_000, drawn, false),
            (node, pod, 0, drawn + 1, false),
            (node, pod, 2_000_000, drawn, false),
        ] as [(Endpoint, Endpoint, Int64, UInt64, Bool)])
    func `no translation changes the numbers of a connection`(
        _ client: Endpoint, _ server: Endpoint, _ later: Int64, _ numbers: UInt64, _ isSecond: Bool
    ) {
        func connection(_ record: UInt32, _ client: Endpoint, _ server: Endpoint, _ time: Int64, _ numbers: UInt64)
            -> Connection
        {
            var fact = Connection(
                id: FactID(source: 1, record: record), offset: 0, kind: .pcap, start: Timestamp(nanoseconds: time),
                end: Timestamp(nanoseconds: time + 9), client: client, server: server)
            fact.initialNumbers = numbers
            return fact
        }
        let outside = Endpoint(IPAddress(v4: 0xC633_6401), 40_000)
        var batch = FactBatch()
        batch.connections = [
            connection(1, outside, Self.front, 100, Self.drawn), connection(2, client, server, 100 + later, numbers),
        ]
        // Requests come before their connections, of each the one where it came in first.
        for number in 0..<3 {
            let start = Int64(number) * 1000
            var outer = request(10 + 2 * UInt32(number), outside, Self.front, from: start, to: start + 500)
            outer.initialNumbers = Self.drawn
            var inner = request(11 + 2 * UInt32(number), client, server, from: start, to: start + 500, bytes: 1)
            inner.start = Timestamp(nanoseconds: start * 1_000_000 + later)
            inner.initialNumbers = numbers
            batch.exchanges += [outer, inner]
        }
        var legs = ProxyLegs()
        legs.sift(&batch)
        #expect(batch.connections.map { $0.flags.contains(.secondLeg) } == [false, isSecond])
        #expect(
            batch.exchanges.map { $0.flags.contains(.secondLeg) } == [
                false, isSecond, false, isSecond, false, isSecond,
            ])
        #expect(legs.count == (isSecond ? 4 : 0) && legs.halfCount == 0)
    }

    @Test func `clients to whom a generator of traffic gives the same numbers are several`() {
        var batch = FactBatch()
        batch.connections = (1...50).map { (number: UInt32) -> Connection in
            var fact = Connection(
                id: FactID(source: 1, record: number), offset: 0, kind: .pcap, start: Timestamp(nanoseconds: 5),
                end: Timestamp(nanoseconds: 9), client: Endpoint(IPAddress(v4: 0x0A01_0000 + number), 40_000),
                server: Self.front)
            fact.initialNumbers = 100 << 32 | 500
            return fact
        }
        var legs = ProxyLegs()
        legs.sift(&batch)
        #expect(legs.count == 0)
    }

    @Test func `a request that is told where it went first is counted where it came in from then on`() {
        let outside = Endpoint(IPAddress(v4: 0xC633_6401), 40_000)
        func leg(_ record: UInt32, _ client: Endpoint, _ server: Endpoint, _ start: Int64) -> Exchange {
            var exchange = request(record, client, server, from: start, to: start + 500, bytes: UInt64(record))
            if server == Self.pod { exchange.start = Timestamp(nanoseconds: start * 1_000_000 + 30_000) }
            exchange.initialNumbers = 77
            return exchange
        }
        // The answer passes the pod's bridge before it leaves.
        let parts = [
            [leg(11, Self.node, Self.pod, 0)],
            [leg(10, outside, Self.front, 0), leg(20, outside, Self.front, 1000), leg(21, Self.node, Self.pod, 1000)],
        ]
        #expect(seconds(parts) == [10, 21])
    }

    @Test func `of what waits the second leg is known by the first that waits as well`() {
        var legs = ProxyLegs()
        let time = { (milliseconds: Int64) in Timestamp(nanoseconds: milliseconds * 1_000_000) }
        func isSecond(_ key: UInt64, _ server: Endpoint, _ start: Int64) -> Bool {
            legs.isSecond(key, to: server, from: time(start), until: time(start + 2000))
        }
        #expect(!isSecond(7, Self.front, 100))
        #expect(isSecond(7, Self.local, 101))
        // Another one, the same server again, and one that began when the first had been told.
        #expect(!isSecond(8, Self.local, 102))
        #expect(!isSecond(7, Self.front, 103))
        #expect(!isSecond(7, Self.local, 2200))
    }
}
