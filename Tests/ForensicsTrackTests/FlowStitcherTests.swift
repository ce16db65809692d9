import ForensicsModel
import ForensicsTrack
import Testing

/// Rows of VPC flow logs become connections: DESIGN's rules, on rows as AWS documents them.
@Suite struct FlowStitcherTests {
    static let client = Endpoint(IPAddress(v4: 0xC633_6443), 51_000)
    static let server = Endpoint(IPAddress(v4: 0x0A14_010A), 443)

    /// One row: seconds, direction, flags.
    struct Row {
        var start: Int64
        var end: Int64
        var fromClient = true
        var flags: UInt8?
        var isReject = false
        var isIngress: Bool?
        var ends = (FlowStitcherTests.client, FlowStitcherTests.server)
        var interface = "eni-1"
    }

    static func batch(_ rows: [Row], firstRecord: UInt32 = 2) -> FactBatch {
        var batch = FactBatch()
        for (index, row) in rows.enumerated() {
            var record = FlowRecord(id: FactID(source: 1, record: firstRecord + UInt32(index)), offset: 0)
            let (source, destination) = row.fromClient ? row.ends : (row.ends.1, row.ends.0)
            record.source = source.address
            record.sourcePort = source.port
            record.destination = destination.address
            record.destinationPort = destination.port
            record.ipProtocol = 6
            record.packets = 10
            record.bytes = 1000
            record.start = Timestamp(nanoseconds: row.start * 1_000_000_000)
            record.end = Timestamp(nanoseconds: row.end * 1_000_000_000)
            record.tcpFlags = row.flags
            record.hasAction = true
            record.isReject = row.isReject
            record.isIngress = row.isIngress
            record.interface = batch.texts.intern(row.interface)
            batch.flowRecords.append(record)
        }
        return batch
    }

    static func stitched(_ rows: [Row]) -> [Connection] {
        var stitcher = FlowStitcher(limit: 1000, rowLimit: 1000)
        stitcher.take(batch(rows))
        return stitcher.connections(next: nil)
    }

    static func seconds(_ connection: Connection) -> Int64? { connection.duration.map { $0 / 1_000_000_000 } }

    @Test func `an answer that is rejected makes the connection a rejected one, whichever row comes first`() throws {
        let request = Row(start: 0, end: 20, flags: 2)
        let answer = Row(start: 0, end: 25, fromClient: false, flags: 18, isReject: true)
        for rows in [[request, answer], [answer, request]] {
            let found = Self.stitched(rows)
            let only = try #require(found.count == 1 ? found.first : nil)
            #expect(only.flags.contains(.rejected))
            #expect(only.client == Self.client)
            #expect(only.packetsFromClient == 10 && only.packetsFromServer == nil)
        }
    }

    @Test func `what is rejected once a connection is over says nothing about it`() throws {
        let found = Self.stitched([
            Row(start: 0, end: 20, flags: 3), Row(start: 0, end: 20, fromClient: false, flags: 19),
            Row(start: 20, end: 30, fromClient: false, flags: 4, isReject: true),
        ])
        let only = try #require(found.count == 1 ? found.first : nil)
        #expect(!only.flags.contains(.rejected))
        #expect(only.state == .none)
    }

    @Test(arguments: [(4, ConnectionState.rej), (22, .none), (5, .none), (18, .none)] as [(UInt8, ConnectionState)])
    func `a RST that is all the server sent refuses the connection`(flags: UInt8, state: ConnectionState) throws {
        let found = Self.stitched([
            Row(start: 0, end: 20, flags: 2), Row(start: 0, end: 20, fromClient: false, flags: flags),
        ])
        #expect(found.map(\.state) == [state])
        #expect(found.allSatisfy { !$0.flags.contains(.rejected) })
    }

    @Test func `both directions and intervals that follow one another are one connection`() throws {
        let found = Self.stitched([
            Row(start: 0, end: 58, flags: 2), Row(start: 0, end: 59, fromClient: false, flags: 18),
            Row(start: 61, end: 118, flags: 0), Row(start: 62, end: 119, fromClient: false, flags: 0),
            Row(start: 130, end: 170, flags: 1), Row(start: 130, end: 171, fromClient: false, flags: 1),
        ])
        let only = try #require(found.count == 1 ? found.first : nil)
        #expect(only.client == Self.client)
        #expect(only.server == Self.server)
        #expect(Self.seconds(only) == 171)
        #expect(only.bytesFromClient == 3000)
        #expect(only.packetsFromServer == 30)
        #expect(only.flags == [.startSeen, .endSeen])
        #expect(only.id == FactID(source: 1, record: 2))
        #expect(only.state == .none)
    }

    @Test(arguments: [
        // A row may follow by one interval (a minute) and a minute more.
        (120, 1), (121, 2),
    ]) func `a gap of more than an interval and a minute begins another connection`(gap: Int64, count: Int) {
        let rows = [Row(start: 0, end: 60), Row(start: 60 + gap, end: 100 + gap)]
        #expect(Self.stitched(rows).count == count)
    }

    @Test func `a log that aggregates over ten minutes allows longer gaps`() {
        let rows = [Row(start: 0, end: 590), Row(start: 590 + 660, end: 1300), Row(start: 1300 + 661, end: 2000)]
        #expect(Self.stitched(rows).count == 2)
    }

    @Test func `a SYN in a later interval is another connection on the same ports`() {
        let found = Self.stitched([
            Row(start: 0, end: 50, flags: 3), Row(start: 0, end: 50, fromClient: false, flags: 19),
            Row(start: 61, end: 110, flags: 2), Row(start: 61, end: 110, fromClient: false, flags: 18),
        ])
        #expect(found.map(\.id.record) == [2, 4])
        #expect(found.map(\.bytesFromServer) == [1000, 1000])
    }

    @Test func `a SYN that is sent again without an answer is the same attempt`() {
        let found = Self.stitched([Row(start: 0, end: 1, flags: 2), Row(start: 63, end: 64, flags: 2)])
        #expect(found.count == 1)
        #expect(found.first?.packetsFromServer == nil)
    }

    @Test func `the client is the side of the SYN, whatever the ports are`() throws {
        let ends = (Endpoint(Self.client.address, 1023), Endpoint(Self.server.address, 40_000))
        for rows in [
            [Row(start: 0, end: 9, flags: 2, ends: ends)],
            [Row(start: 0, end: 9, fromClient: false, flags: 18, ends: ends)],
        ] {
            let only = try #require(Self.stitched(rows).first)
            #expect(only.client == ends.0)
            #expect(!only.flags.contains(.clientGuessed))
        }
    }

    @Test func `without a SYN the first row's direction decides, and without that the higher port`() throws {
        let ends = (Endpoint(Self.client.address, 80), Endpoint(Self.server.address, 40_000))
        let directed = try #require(
            Self.stitched([
                Row(start: 0, end: 9, fromClient: false, isIngress: false, ends: ends),
                Row(start: 0, end: 9, fromClient: true, isIngress: true, ends: ends),
            ]).first)
        #expect(directed.client == ends.0)
        #expect(directed.flags.contains(.clientGuessed))
        let plain = try #require(Self.stitched([Row(start: 0, end: 9, ends: ends)]).first)
        #expect(plain.client == ends.1)
        #expect(plain.flags.contains(.clientGuessed))
    }

    @Test func `of an attempt that was rejected the sender is the client, whatever its port`() throws {
        let ends = (Endpoint(Self.client.address, 30_000), Endpoint(Self.server.address, 44_000))
        let rejected = try #require(Self.stitched([Row(start: 0, end: 9, isReject: true, ends: ends)]).first)
        #expect(rejected.client == ends.0)
        #expect(rejected.flags.contains(.clientGuessed))
        // A late packet of a server: its port tells.
        let late = (Endpoint(Self.client.address, 443), Endpoint(Self.server.address, 44_000))
        let answer = try #require(Self.stitched([Row(start: 0, end: 9, isReject: true, ends: late)]).first)
        #expect(answer.server == late.0)
    }

    /// Rows of a listener on 8443 as a version 2 log has them, without flags or direction: ports of clients from 1024 on.
    static func listener(_ count: Int) -> [Row] {
        (0..<count).flatMap { index in
            let client = Endpoint(IPAddress(v4: 0xC612_0000 + UInt32(index % 50)), UInt16(1024 + index * 61 % 60_000))
            let ends = (client, Endpoint(Self.server.address, 8443))
            return [Row(start: 0, end: 9, ends: ends), Row(start: 0, end: 9, fromClient: false, ends: ends)]
        }
    }

    @Test func `who talks to many ports is the server, though its own port is the higher one`() {
        let rows = Self.listener(500)
        var servers = FlowServers()
        servers.observe(Self.batch(rows))
        var stitcher = FlowStitcher(limit: 1000, rowLimit: 2000, servers: servers)
        stitcher.take(Self.batch(rows))
        let found = stitcher.connections(next: nil)
        #expect(found.count == 500)
        #expect(found.contains { $0.client.port < 8443 })
        #expect(found.allSatisfy { $0.server == Endpoint(Self.server.address, 8443) })
        #expect(found.allSatisfy { $0.flags.contains(.clientGuessed) })
    }

    @Test func `who serves does not depend on the order of rows`() {
        let rows = Self.listener(300)
        func servers(_ rows: [Row], parts: Int) -> [Endpoint] {
            var servers = FlowServers()
            for part in 0..<parts {
                servers.observe(Self.batch(rows.indices.filter { $0 % parts == part }.map { rows[$0] }))
            }
            var stitcher = FlowStitcher(limit: 1000, rowLimit: 2000, servers: servers)
            stitcher.take(Self.batch(Self.listener(300)))
            return stitcher.connections(next: nil).map(\.server)
        }
        let once = servers(rows, parts: 1)
        #expect(servers(rows.reversed(), parts: 1) == once)
        #expect(servers(rows, parts: 7) == once)
    }

    @Test func `a scanner that sends from one port to many servers is no server`() {
        let rows = (0..<200).map { index in
            let server = Endpoint(IPAddress(v4: 0x0A14_0100 + UInt32(index)), index % 2 == 0 ? 443 : 9000)
            // What is refused tells nothing of who serves; ports below 1024 speak for themselves.
            return Row(start: 0, end: 9, isReject: index % 2 == 1, ends: (Self.client, server))
        }
        var servers = FlowServers()
        servers.observe(Self.batch(rows))
        var stitcher = FlowStitcher(limit: 1000, rowLimit: 1000, servers: servers)
        stitcher.take(Self.batch(rows))
        let found = stitcher.connections(next: nil)
        #expect(found.count == 200)
        #expect(found.allSatisfy { $0.client == Self.client })
    }

    @Test func `only refused rows are a refused connection that lasts no time`() throws {
        let rows = (0..<20).map { Row(start: $0 * 60, end: $0 * 60 + 50, flags: 2, isReject: true) }
        let only = try #require(Self.stitched(rows).first)
        #expect(Self.stitched(rows).count == 1)
        #expect(only.state == .rej)
        #expect(only.flags.contains(.rejected))
        #expect(only.duration == 0)
    }

    @Test func `what is refused after the close does not lengthen a connection`() throws {
        let only = try #require(
            Self.stitched([
                Row(start: 0, end: 30, flags: 3), Row(start: 0, end: 30, fromClient: false, flags: 19),
                Row(start: 40, end: 55, isReject: true),
            ]).first)
        #expect(Self.seconds(only) == 30)
        #expect(only.state == .none)
        #expect(only.bytesFromClient == 1000)
    }

    @Test func `who reset is told`() {
        let found = Self.stitched([
            Row(start: 0, end: 30, flags: 2), Row(start: 0, end: 30, fromClient: false, flags: 22),
        ])
        #expect(found.map(\.resetBy) == [.server])
    }

    /// FIN 1, SYN 2, RST 4, SYN-ACK 18 (AWS): what the client sent, and what the server.
    @Test(
        arguments: [
            // Closed by both, whatever reset came then.
            (7, 19, ResetSender.none, false), (3, 23, .none, false), (7, 23, .none, false),
            // Whose connection was reset sends no FIN any more: the client had closed.
            (3, 22, .server, true), (7, 22, .both, true),
            // The server had closed, and the client answered by RST.
            (6, 19, .client, false), (6, 18, .client, false), (2, 22, .server, false),
        ] as [(UInt8, UInt8, ResetSender, Bool)])
    func `a reset after the end is told from one that ends`(
        _ sent: UInt8, _ received: UInt8, _ sender: ResetSender, _ isAfterClient: Bool
    ) {
        let found = Self.stitched([
            Row(start: 0, end: 30, flags: sent), Row(start: 0, end: 30, fromClient: false, flags: received),
        ])
        #expect(found.map(\.resetBy) == [sender])
        #expect(found.map { $0.flags.contains(.clientEndedFirst) } == [isAfterClient])
    }

    @Test(
        arguments: [
            (nil, false), (2, false), (18, false), (0, true), (1, true), (4, true), (6, false),
        ] as [(UInt8?, Bool)])
    func `rejected packets are no attempt where flags are told and no SYN is`(_ flags: UInt8?, _ isLate: Bool) {
        let found = Self.stitched([Row(start: 0, end: 30, flags: flags, isReject: true)])
        #expect(found.map { $0.flags.contains(.rejectedWithoutSYN) } == [isLate])
        #expect(found.map { $0.flags.contains(.rejected) } == [true])
        let udp = FlowIntervals(Self.batch([Row(start: 0, end: 30, flags: flags, isReject: true)]))
        var rows = udp
        rows.rows[0].ipProtocol = 17
        var stitcher = FlowStitcher(limit: 10, rowLimit: 10)
        stitcher.take(rows)
        #expect(stitcher.connections(next: nil).map { $0.flags.contains(.rejectedWithoutSYN) } == [false])
    }

    @Test func `the same flow on two interfaces is two connections`() {
        #expect(Self.stitched([Row(start: 0, end: 9), Row(start: 0, end: 9, interface: "eni-2")]).count == 2)
    }

    @Test func `a row without ports is no connection, and counted`() {
        var batch = Self.batch([Row(start: 0, end: 9)])
        batch.flowRecords[0].sourcePort = nil
        var stitcher = FlowStitcher(limit: 10, rowLimit: 10)
        stitcher.take(batch)
        #expect(stitcher.connections(next: nil).isEmpty)
        #expect(stitcher.unusable == 1)
    }

    /// Splitting the rows into logs anywhere gives the same connections.
    @Test func `it does not matter how rows are spread over logs`() {
        var rows: [Row] = []
        for minute: Int64 in 0..<30 {
            for port: UInt16 in 1..<20 where (Int(minute) + Int(port) * 7) % 11 < 8 {
                let ends = (Endpoint(Self.client.address, 50_000 + port), Self.server)
                rows.append(Row(start: minute * 60, end: minute * 60 + 55, flags: minute % 9 == 0 ? 2 : 0, ends: ends))
                rows.append(
                    Row(
                        start: minute * 60 + 1, end: minute * 60 + 56, fromClient: false,
                        flags: minute % 9 == 0 ? 18 : 0, ends: ends))
            }
        }
        let whole = Self.stitched(rows)
        #expect(whole.count > 60)
        for cut in stride(from: 1, to: rows.count, by: 17) {
            var stitcher = FlowStitcher(limit: 1000, rowLimit: 1000)
            stitcher.take(Self.batch(Array(rows[..<cut])))
            var found = stitcher.connections(next: Timestamp(nanoseconds: rows[cut].start * 1_000_000_000))
            stitcher.take(Self.batch(Array(rows[cut...]), firstRecord: UInt32(cut) + 2))
            found += stitcher.connections(next: nil)
            found.sort { $0.id < $1.id }
            #expect(found.map(\.id) == whole.map(\.id), "cut at \(cut)")
            #expect(found.map(\.duration) == whole.map(\.duration))
            #expect(found.map(\.bytesFromServer) == whole.map(\.bytesFromServer))
        }
    }

    @Test func `where there is no room, what was silent longest is given out and counted`() {
        var stitcher = FlowStitcher(limit: 10, rowLimit: 1000)
        let rows = (0..<100).map { index in
            Row(start: 0, end: 9, ends: (Endpoint(Self.client.address, UInt16(1000 + index)), Self.server))
        }
        stitcher.take(Self.batch(rows))
        #expect(stitcher.connections(next: nil).count == 100)
        #expect(stitcher.evicted > 0)
    }
}

extension FlowStitcher {
    /// Takes rows as a log has them.
    mutating func take(_ batch: FactBatch) { take(FlowIntervals(batch)) }

    /// Finishes a log and takes what is complete, a few at a time.
    mutating func connections(next: Timestamp?) -> [Connection] {
        finishLog(next: next)
        var found: [Connection] = []
        var flows = StitchedFlows()
        while giveOut(7, into: &flows) {
            var batch = FactBatch()
            flows.move(into: &batch)
            found += batch.connections
        }
        return found
    }
}

extension FlowServers {
    mutating func observe(_ batch: FactBatch) { observe(FlowIntervals(batch)) }
}

extension FlowIntervals {
    /// What rows tell that have all columns but perhaps ports.
    init(_ batch: FactBatch) {
        self.init()
        texts = batch.texts
        for record in batch.flowRecords {
            guard let source = record.source, let destination = record.destination, let from = record.sourcePort,
                let to = record.destinationPort
            else {
                incomplete += 1
                continue
            }
            var row = FlowInterval(
                id: record.id, source: Endpoint(source, from), destination: Endpoint(destination, to),
                ipProtocol: record.ipProtocol ?? 0)
            row.setTimes(record.start, record.end)
            row.packets = record.packets ?? 0
            row.bytes = record.bytes ?? 0
            row.interface = record.interface
            row.rejectReason = record.rejectReason
            row.flags = record.tcpFlags ?? 0
            row.hasFlags = record.tcpFlags != nil
            row.isReject = record.isReject
            row.isIngress = record.isIngress
            rows.append(row)
        }
    }
}
