import ForensicsModel

/// After which silences a side spoke again, by server, and what came of it: a timer shows where connections outlive all shorter ones,
/// and are reset behind all longer ones.
///
/// At most `limit` connections are followed at once, of `serverLimit` servers; what there is no room for is counted.
struct SpokenGapTable: Sendable {
    static let limit = 65_536
    static let serverLimit = 4096

    private struct Gap {
        var ended: Timestamp
        var length: Int64
        var server: Endpoint
    }

    /// What is known of one server's connections.
    struct Server: Sendable {
        /// Silences that they outlived, and the longest of these.
        var outlived: UInt64 = 0
        var longest: Int64 = 0
        /// Resets behind the others; the measure is the silence.
        var cuts: Episode?
        /// Requests that met these: races of the target's keep-alive unless they show a timer.
        var races: [Sighting] = []
    }

    /// The latest silence of each connection of which nothing came yet.
    private var open: [FactID: Gap] = [:]
    /// A bit for each connection of which one side is closed: that answers with a reset whenever the other speaks. Empty before the
    /// first. Where two share one, a silence is passed over.
    private var closed: [UInt64] = []
    /// Bits, a power of two: 512 KiB.
    private static let bits: UInt64 = 1 << 22
    private(set) var servers: [Endpoint: Server] = [:]
    /// Silences that there was no room for.
    private(set) var refused: UInt64 = 0
    /// The servers of connections that were reset behind a silence.
    private var cut: [FactID: Endpoint] = [:]

    /// Takes the end of a silence.
    mutating func note(_ event: Event) {
        if isClosed(event.connection) { return }
        if let earlier = open[event.connection] {
            outlive(earlier)
        } else if open.count >= Self.limit {
            refused += 1
            return
        }
        open[event.connection] = Gap(ended: event.time, length: event.value, server: event.server)
    }

    /// Takes the first FIN of a connection.
    mutating func close(_ connection: FactID) {
        if closed.isEmpty { closed = [UInt64](repeating: 0, count: Int(Self.bits / 64)) }
        let bit = Self.bit(of: connection)
        closed[Int(bit / 64)] |= 1 << (bit % 64)
        if let gap = open.removeValue(forKey: connection) { outlive(gap) }
    }

    private func isClosed(_ connection: FactID) -> Bool {
        if closed.isEmpty { return false }
        let bit = Self.bit(of: connection)
        return closed[Int(bit / 64)] >> (bit % 64) & 1 != 0
    }

    private static func bit(of connection: FactID) -> UInt64 {
        (UInt64(bitPattern: connection.rawValue) &* 0x9E37_79B9_7F4A_7C15) >> 42 & (bits - 1)
    }

    /// Takes a reset, which tells of a silence that ended at most `delay` nanoseconds before.
    mutating func reset(_ sighting: Sighting, _ connection: FactID, within delay: Int64) {
        guard let gap = open.removeValue(forKey: connection) else { return }
        guard (0...delay).contains(sighting.time.since(gap.ended)) else { return outlive(gap) }
        var sighting = sighting
        sighting.measure = gap.length
        if cut.count < Self.limit { cut[connection] = gap.server } else { refused += 1 }
        change(gap.server) { server in
            if server.cuts != nil { server.cuts?.note(sighting) } else { server.cuts = Episode(sighting) }
        }
    }

    /// Keeps a request that was not answered if its connection was reset behind a silence; returns whether it was.
    mutating func hold(_ race: Sighting, of connection: FactID?) -> Bool {
        guard !cut.isEmpty, let connection, let server = cut.removeValue(forKey: connection) else { return false }
        change(server) { $0.races.append(race) }
        return true
    }

    /// Takes the silences of which nothing came until the end.
    mutating func finish() {
        for gap in open.values { outlive(gap) }
        open = [:]
    }

    private mutating func outlive(_ gap: Gap) {
        change(gap.server) { server in
            server.outlived += 1
            server.longest = max(server.longest, gap.length)
        }
    }

    private mutating func change(_ end: Endpoint, _ body: (inout Server) -> Void) {
        if let index = servers.index(forKey: end) {
            body(&servers.values[index])
        } else if servers.count < Self.serverLimit {
            var server = Server()
            body(&server)
            servers[end] = server
        } else {
            refused += 1
        }
    }
}
