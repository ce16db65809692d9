import ForensicsModel

/// Which ends were tried in vain, and by whom, and which answered somebody: what tells ports that are tried out from services
/// that fail.
///
/// At most `limit` ends that were tried are held apart; those past it are never taken for a part of a scan. The ends that
/// answered are marks of fixed size: where marks of others cover an end it counts as one that answers, so that what fails
/// there is told as its own.
struct ScanTable: Sendable {
    static let limit = 65_536
    /// More ends that one walk tried in vain leave no doubt of what it is.
    private static let proven = 1000
    /// Load balancers connect to ports from here on that hosts gave out, many of one host: node ports of Kubernetes, and what
    /// Linux gives out unasked (from 32768).
    static let firstGivenPort: UInt16 = 30_000

    /// Who tries ends one after the other, and where: of a client with a private address a single server, as it may be a load
    /// balancer.
    struct Walk: Hashable {
        var client: IPAddress
        var server: IPAddress?

        init(client: IPAddress, server: IPAddress) {
            self.client = client
            self.server = client.isPrivate ? server : nil
        }
    }

    /// Who tried an end in vain.
    struct Attempts: Sendable {
        /// The least of them.
        var client: IPAddress
        /// Whether there are others.
        var isShared = false
        /// Whether any of them has an address for private use.
        var isPrivate: Bool
        /// How many attempts there were.
        var count = 1
        /// How many of them came from who had not tried this end before, at least.
        var strangers: Int

        init(_ client: IPAddress, isStranger: Bool) {
            self.client = client
            isPrivate = client.isPrivate
            strangers = isStranger ? 1 : 0
        }

        mutating func add(_ client: IPAddress, isStranger: Bool) {
            count += 1
            if isStranger { strangers += 1 }
            if client == self.client { return }
            isShared = true
            self.client = min(self.client, client)
            if client.isPrivate { isPrivate = true }
        }
    }

    /// By what was tried.
    private(set) var attempts: [Endpoint: Attempts] = [:]
    /// How many ends each walk was the first to try in vain.
    private var walks: [Walk: Int] = [:]
    /// Two bits for each end that answered; empty before the first.
    private var answering: [UInt64] = []
    /// A bit for each client and end that it tried; empty before the first.
    private var tried: [UInt64] = []
    /// The end that was marked last: most connections go to the one before.
    private var latest = Endpoint(IPAddress(high: 0, low: 0), 0)
    /// Bits, a power of two: 512 KiB.
    private static let bits: UInt64 = 1 << 22

    /// Marks the server's end of a connection of which it sent something.
    @inline(__always)
    mutating func noteAnswer(_ connection: borrowing Connection) {
        guard connection.packetsFromServer ?? 0 > 0, connection.state.rawValue != ConnectionState.rej.rawValue,
            connection.server != latest
        else { return }
        mark(connection.server)
    }

    private mutating func mark(_ end: Endpoint) {
        latest = end
        if answering.isEmpty { answering = [UInt64](repeating: 0, count: Int(Self.bits / 64)) }
        let (first, second) = Self.places(end)
        answering[Int(first / 64)] |= 1 << (first % 64)
        answering[Int(second / 64)] |= 1 << (second % 64)
    }

    /// Whether an end may have answered somebody.
    func mayAnswer(_ end: Endpoint) -> Bool {
        if answering.isEmpty { return false }
        let (first, second) = Self.places(end)
        return answering[Int(first / 64)] >> (first % 64) & 1 == 1
            && answering[Int(second / 64)] >> (second % 64) & 1 == 1
    }

    /// Adds an attempt in vain, and returns whether it belongs to a scan beyond doubt: room for each of its ends would be lost
    /// to others.
    mutating func noteAttempt(_ connection: Connection) -> Bool {
        let client = connection.client.address
        let end = connection.server
        let walk = Walk(client: client, server: end.address)
        if let index = attempts.index(forKey: end) {
            attempts.values[index].add(client, isStranger: markTried(client, end))
        } else if attempts.count < Self.limit {
            attempts[end] = Attempts(client, isStranger: markTried(client, end))
            if Self.counts(end.port, client) { walks[walk, default: 0] += 1 }
        }
        return walks[walk] ?? 0 > Self.proven && !mayAnswer(end)
    }

    /// Whether an end that a client tried makes its walk longer.
    static func counts(_ port: UInt16, _ client: IPAddress) -> Bool { !client.isPrivate || port < firstGivenPort }

    /// The ends that one client alone tried.
    func ends(of client: IPAddress) -> [Endpoint] {
        attempts.compactMap { !$0.value.isShared && $0.value.client == client ? $0.key : nil }
    }

    /// Marks who tried an end; returns whether nobody with the same mark had.
    private mutating func markTried(_ client: IPAddress, _ end: Endpoint) -> Bool {
        if tried.isEmpty { tried = [UInt64](repeating: 0, count: Int(Self.bits / 64)) }
        let mixed = IPAddress(
            high: end.address.high ^ client.high &* 0xC2B2_AE3D_27D4_EB4F,
            low: end.address.low ^ client.low &* 0x9E37_79B9_7F4A_7C15)
        let place = Self.places(Endpoint(mixed, end.port)).0
        let isNew = tried[Int(place / 64)] >> (place % 64) & 1 == 0
        tried[Int(place / 64)] |= 1 << (place % 64)
        return isNew
    }

    private static func places(_ end: Endpoint) -> (UInt64, UInt64) {
        var hash = (end.address.high ^ UInt64(end.port) << 32) &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ hash >> 32 ^ end.address.low) &* 0xD6E8_FEB8_6659_FD93
        hash = (hash ^ hash >> 32) &* 0xD6E8_FEB8_6659_FD93
        return (hash >> 32 & (bits - 1), hash & (bits - 1))
    }
}
