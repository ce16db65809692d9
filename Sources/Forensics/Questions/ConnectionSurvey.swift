import ForensicsModel

/// What rows of connections tell that roll-ups do not keep: transports, packets, what TCP had to repair, which load balancers
/// are at the other end, and the longest connections.
struct ConnectionSurvey {
    private(set) var tcp: Int64 = 0
    private(set) var udp: Int64 = 0
    private(set) var other: Int64 = 0
    /// Connections of TLS, over QUIC too.
    private(set) var tls: Int64 = 0
    private(set) var packets: Int64 = 0
    private(set) var retransmissions: Int64 = 0
    private(set) var outOfOrder: Int64 = 0
    private(set) var duplicateACKs: Int64 = 0
    private(set) var zeroWindows: Int64 = 0
    /// Segments with RST.
    private(set) var resets: Int64 = 0
    private var peers: [IPAddress: Peer] = [:]
    /// Whether addresses were left out because there were too many.
    private(set) var hasMorePeers = false
    private(set) var longest: LongestConnections

    /// An address of a load balancer, and how many rows tell what came from it: of a sample, not yet scaled.
    struct Peer {
        var connections: Int64 = 0
        var healthChecks: Int64 = 0
    }

    private static let peerLimit = 1 << 16

    init(limit: Int, owners: OwnerTable) { longest = LongestConnections(limit: limit, owners: owners) }

    mutating func add(_ connection: Connection, _ texts: TextTable) {
        switch connection.transport {
        case .tcp: tcp += 1
        case .udp: udp += 1
        case .icmp, .other: other += 1
        }
        if connection.service == .tls || connection.service == .quic { tls += 1 }
        packets = packets.addingSaturated(Int64(saturating: connection.packetsFromClient ?? 0))
        packets = packets.addingSaturated(Int64(saturating: connection.packetsFromServer ?? 0))
        retransmissions += Int64(connection.retransmissions ?? 0)
        outOfOrder += Int64(connection.outOfOrder ?? 0)
        duplicateACKs += Int64(connection.duplicateACKs ?? 0)
        zeroWindows += Int64(connection.zeroWindows ?? 0)
        resets += Int64(connection.resets ?? 0)
        if connection.role == .backend { note(connection.peer) { $0.connections += 1 } }
        longest.add(connection, texts)
    }

    /// Takes a health check, which a load balancer sent.
    mutating func add(_ check: HealthCheck) {
        if check.checker == .unspecified { return }
        note(check.checker) { $0.healthChecks += 1 }
    }

    /// Load balancers by their addresses: who sent most first, ties by address.
    var loadBalancers: [(address: IPAddress, seen: Peer)] {
        let sorted = peers.sorted { left, right in
            if left.value.connections != right.value.connections {
                return left.value.connections > right.value.connections
            }
            return left.value.healthChecks != right.value.healthChecks
                ? left.value.healthChecks > right.value.healthChecks : left.key < right.key
        }
        return sorted.map { ($0.key, $0.value) }
    }

    private mutating func note(_ address: IPAddress, _ change: (inout Peer) -> Void) {
        if peers[address] == nil, peers.count >= Self.peerLimit {
            hasMorePeers = true
            return
        }
        change(&peers[address, default: Peer()])
    }
}

/// The connections that lasted longest, whatever order they come in.
struct LongestConnections {
    private let limit: Int
    private var report: ConnectionReport
    /// The longest durations so far, shortest first.
    private var durations: [Int64] = []

    init(limit: Int, owners: OwnerTable) {
        self.limit = limit
        report = ConnectionReport(measure: .duration, limit: limit, owners: owners)
    }

    /// Whether there are as many as are wanted.
    var isFull: Bool { durations.count >= limit }

    mutating func add(_ connection: Connection, _ texts: TextTable) {
        guard let duration = connection.duration, !isFull || duration >= durations[0] else { return }
        if isFull { durations.removeFirst() }
        durations.insert(duration, at: durations.firstIndex { $0 > duration } ?? durations.count)
        report.add(connection, domain: texts.string(connection.domain))
    }

    /// The table of them; how many others there are it does not tell.
    var table: ReportTable {
        var table = report.table
        table.note = nil
        table.more = nil
        return table
    }
}
