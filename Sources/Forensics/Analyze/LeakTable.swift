import ForensicsModel

/// Captured connections that had not ended when the evidence did, and how many there were of each server.
///
/// At most `serverLimit` servers and `limit` open connections are followed; of those that come later no leak is told, and of a leak that
/// began before that there are more.
struct LeakTable: Sendable {
    /// An open connection: so many are kept that each is what it is told by and no more.
    struct Open: Sendable {
        let id: FactID
        let offset: UInt64
        let start: Timestamp
        let end: Timestamp
        let client: IPAddress
        let kind: EvidenceKind
        let role: ConnectionRole

        init(_ connection: borrowing Connection) {
            id = connection.id
            offset = connection.offset
            start = connection.start
            end = connection.end
            client = connection.client.address
            kind = connection.kind
            role = connection.role
        }

        var sighting: Sighting {
            Sighting(
                .connectionLeak, .unknown, .none, id: id, offset: offset, time: end, kind: kind,
                measure: end.since(start))
        }
    }

    /// Who has to close it.
    enum Holder: UInt64, Sendable, CaseIterable {
        /// Nobody has closed it: who opened it keeps it.
        case opener = 0
        /// The client has closed its side, the server has not.
        case server
        /// The server has closed its side, the client has not.
        case client
    }

    /// The connections of a server, other than health checks.
    struct Server: Sendable {
        /// Those whose beginning was captured.
        var opened: UInt64 = 0
        var open: InlineArray<3, [Open]> = InlineArray(repeating: [])
    }

    private static let serverLimit = 16_384
    private static let limit = 65_536

    private(set) var servers: [Endpoint: Server] = [:]
    private var count = 0
    /// Whether there were more open connections than there is room for.
    private(set) var isFull = false
    /// The latest time of any connection: the end of the evidence, nearly.
    private(set) var end = Timestamp(nanoseconds: .min)

    mutating func note(_ connection: borrowing Connection) {
        if connection.end > end { end = connection.end }
        guard connection.flags.contains(.startSeen), connection.handshake != nil, case .tcp = connection.transport,
            !connection.isHealthCheck, !connection.isSecondLeg, !connection.isHalfLeg
        else { return }
        let server = connection.server
        if servers[server] == nil {
            guard servers.count < Self.serverLimit else { return }
            servers[server] = Server()
        }
        servers[server]?.opened += 1
        guard let holder = holder(of: connection) else { return }
        guard count < Self.limit else {
            isFull = true
            return
        }
        count += 1
        servers[server]?.open[Int(holder.rawValue)].append(Open(connection))
    }

    /// Who keeps a connection open; `nil` of one that has ended, or was given out before its end.
    private func holder(of connection: borrowing Connection) -> Holder? {
        let flags = connection.flags
        if flags.contains(.evicted) || flags.contains(.endSeen) { return nil }
        switch connection.state {
        case .s1: return .opener
        case .s2: return .server
        case .s3: return .client
        default: return nil
        }
    }
}
