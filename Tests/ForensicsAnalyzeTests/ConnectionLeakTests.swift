import ForensicsAnalyze
import ForensicsModel
import Testing

/// Connections that nobody closes.
@Suite struct ConnectionLeakTests {
    private static let database = Endpoint(IPAddress(v4: 0x0A00_1409), 5432)
    private static let application = IPAddress(v4: 0x0A00_0B32)

    /// A capture of half an hour in which connections to a database are opened and used for a second.
    ///
    /// - Parameters:
    ///   - leaked: how many are then left, of each of those that the application opens.
    ///   - starts: the second in which one begins, by its number.
    private static func findings(
        leaked: Int, closed: Int = 0, state: ConnectionState = .s1, role: ConnectionRole = .client, clients: UInt32 = 1,
        lastPacket: Double? = nil, starts: (Int) -> Double = { Double($0) * 10 }
    ) -> [Finding] {
        var fixture = CheckFixture()
        func add(_ index: Int, isLeaked: Bool) {
            let start = starts(index)
            let end = lastPacket ?? start + 1
            fixture.connection(at: end, lasting: end - start) {
                $0.client = Endpoint(IPAddress(v4: 0x0A00_0B32 + UInt32(index) % clients), UInt16(30_000 + index))
                $0.peer = $0.client.address
                $0.server = database
                $0.role = role
                $0.handshake = 1_000_000
                if isLeaked { ($0.state, $0.flags) = (state, .startSeen) }
            }
        }
        for index in 0..<leaked { add(index, isLeaked: true) }
        for index in 0..<closed { add(index, isLeaked: false) }
        // The application serves as well; the capture ends with its last request.
        fixture.connection(at: 1800) {
            $0.server = Endpoint(application, 8080)
            $0.handshake = 1_000_000
        }
        return fixture.findings.filter { $0.check == "connection-leak" }
    }

    @Test func `connections that nobody closes are told with who opened them and how their number rose`() {
        let found = Self.findings(leaked: 160, closed: 40)
        #expect(
            found.map { "\($0.blame.name ?? "-") \($0.subject) \($0.count)" } == [
                "target 10.0.11.50 to 10.0.20.9:5432 160"
            ])
        // They begin every ten seconds, the last at 1590 s: 40 in each quarter of that time.
        #expect(
            found.map(\.summary) == [
                "160 connections of 10.0.11.50 to 10.0.20.9:5432, of 200 opened, that had been silent for two minutes or more, neither "
                    + "side had closed at the end of the capture: who opened them keeps them. Their number rose steadily within "
                    + "26 min 31 s: about 40, 80, 120 and 160 after each quarter of it."
            ])
    }

    @Test(arguments: [
        (ConnectionState.s2, ConnectionRole.client, "target", "the server keeps them (CLOSE_WAIT)"),
        (.s3, .client, "target", "the client keeps them (CLOSE_WAIT)"),
        (.s1, .backend, "load-balancer", "who opened them keeps them"),
        (.s2, .backend, "target", "the server keeps them (CLOSE_WAIT)"),
    ])
    func `who has not closed is blamed`(
        _ state: ConnectionState, _ role: ConnectionRole, _ blame: String, _ words: String
    ) {
        let found = Self.findings(leaked: 160, state: state, role: role)
        #expect(found.map { $0.blame.name ?? "-" } == [blame])
        #expect(found.allSatisfy { $0.summary.contains(words) })
    }

    @Test func `few, those of many, those that come at once and those that are used are no leak`() {
        #expect(Self.findings(leaked: 99).isEmpty)
        #expect(Self.findings(leaked: 100).count == 1)
        // Two of a hundred where few hold them; a fifth of many, of whom some vanish.
        #expect(Self.findings(leaked: 100, closed: 4900).count == 1)
        #expect(Self.findings(leaked: 100, closed: 4901).isEmpty)
        #expect(Self.findings(leaked: 100, closed: 401, clients: 8).count == 1)
        #expect(Self.findings(leaked: 100, closed: 400, clients: 9).count == 1)
        #expect(Self.findings(leaked: 100, closed: 401, clients: 9).isEmpty)
        #expect(Self.findings(leaked: 100, closed: 401, state: .s3, clients: 9).isEmpty)
        #expect(Self.findings(leaked: 100, closed: 401, state: .s2, clients: 9).count == 1)
        #expect(Self.findings(leaked: 160, starts: { Double($0) }).isEmpty)
        // Half of them at the beginning, as a pool is filled, and the rest at the end.
        #expect(Self.findings(leaked: 160, starts: { $0 < 80 ? Double($0) : 1500 + Double($0) }).isEmpty)
        // The last packet less than two minutes before the end.
        #expect(Self.findings(leaked: 160, lastPacket: 1681).isEmpty)
        #expect(Self.findings(leaked: 160, lastPacket: 1680).count == 1)
        // Ended in order, or reset.
        #expect(Self.findings(leaked: 160, state: .sf).isEmpty)
        #expect(Self.findings(leaked: 160, state: .rsto).isEmpty)
    }

    @Test func `where many clients hold them the server is named, and clients are blamed`() {
        let found = Self.findings(leaked: 160, clients: 7)
        #expect(found.map { "\($0.blame.name ?? "-") \($0.subject)" } == ["client 10.0.20.9:5432"])
    }
}
