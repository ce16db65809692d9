import ForensicsModel

/// A connection that is being put together from rows of a flow log.
struct StitchedFlow {
    /// One direction of it.
    struct Half {
        var packets: UInt64 = 0
        var bytes: UInt64 = 0
        /// The end of its last row; `Int64.min` before the first.
        var end = Int64.min
        var flags: UInt8 = 0

        @inline(__always)
        var isEmpty: Bool { end == .min }
    }

    let id: FactID
    private(set) var start: Int64
    private(set) var end: Int64
    private var directedStart = Int64.max
    /// What the ends sent, in the order of the identity.
    private(set) var halves = (Half(), Half())
    let identity: FlowIdentity
    /// That of the identity.
    let hash: UInt32
    private(set) var rejectReason = TextID.none
    /// What the connection says of its interface; none before it is over.
    private(set) var details = TextID.none
    /// The name of its interface; none before it is over.
    private(set) var node = TextID.none
    /// Whether another interface saw it, whose connection was given out before.
    private(set) var isRepeated = false
    /// Only rows with the action REJECT were met.
    private(set) var isRejected: Bool
    /// A row did not tell its flags: what is missing among them may be there.
    private var isFlagless = false
    /// Of which ends (bits 0 and 1) rows with the action REJECT were met.
    private var refusedSides: UInt8 = 0
    /// Which end is the client (0 or 1), as a SYN tells; -1 while none did.
    private var opener: Int8 = -1
    /// Which end sent the earliest row that tells whether it came in, and whether it did; -1 before one.
    private var directed: Int8 = -1
    /// Which end is the client, once the connection is over.
    private var client: Int8 = 0
    private var isGuessed = false

    init(_ row: borrowing FlowInterval, _ identity: FlowIdentity, _ hash: UInt32) {
        id = row.id
        self.identity = identity
        self.hash = hash
        start = row.start
        end = row.end
        isRejected = row.isReject
    }

    /// Whether a row belongs to this connection: it follows without a gap and does not begin another one.
    ///
    /// - Parameter gap: nanoseconds that may lie between the rows of one connection.
    func continues(with row: borrowing FlowInterval, from side: Int8, gap: Int64) -> Bool {
        if row.start > end, row.start &- end > gap { return false }
        let own = side == 0 ? halves.0 : halves.1
        let other = side == 0 ? halves.1 : halves.0
        guard row.hasSYN, !own.isEmpty, own.end <= row.start else { return true }
        // A SYN of a later interval: sent again if nothing but SYNs was seen, else the ports are used anew.
        return other.isEmpty && own.flags & ~0x02 == 0 && own.flags != 0
    }

    /// Adds a row and returns when the connection ends by now.
    mutating func add(_ row: borrowing FlowInterval, from side: Int8) -> Int64 {
        if row.isReject { refusedSides |= 1 << UInt8(side) }
        if !row.hasFlags { isFlagless = true }
        // Packets of a closed connection are refused too: what was accepted decides, and how long it lasted.
        if row.isReject != isRejected {
            if row.isReject {
                if rejectReason.isNone, isRefused(side) { rejectReason = row.rejectReason }
                return end
            }
            isRejected = false
            start = row.start
            end = row.end
            halves = (Half(), Half())
        }
        start = min(start, row.start)
        end = max(end, row.end)
        if rejectReason.isNone { rejectReason = row.rejectReason }
        if side == 0 { Self.add(row, &halves.0) } else { Self.add(row, &halves.1) }
        if row.isOpening { opener = side } else if row.isAnswer, opener < 0 { opener = 1 - side }
        let start = row.start
        if let isIngress = row.isIngress, start < directedStart || start == directedStart && isIngress {
            directed = side
            directedStart = start
        }
        return end
    }

    /// Whether all that an end sent was refused: a network ACL lets the request in and keeps the answer back.
    private func isRefused(_ side: Int8) -> Bool {
        refusedSides >> UInt8(side) & 1 == 1 && (side == 0 ? halves.0 : halves.1).isEmpty
    }

    @inline(__always)
    private static func add(_ row: borrowing FlowInterval, _ half: inout Half) {
        half.packets &+= row.packets
        half.bytes &+= row.bytes
        half.end = max(half.end, row.end)
        half.flags |= row.flags
    }

    /// Decides which end is the client, and whether that is a guess: the one that sent the SYN, else the sender of the first
    /// row whose direction the log tells, else the one that is not the server, else the only one that sent something where all
    /// was refused (who scans does not choose its ports by height), else the one with the higher port.
    ///
    /// - Parameter servers: what all rows of the case tell of who serves.
    mutating func decideClient(_ servers: borrowing FlowServers) {
        isGuessed = opener < 0
        if opener >= 0 {
            client = opener
        } else if directed >= 0 {
            client = directed
        } else if let server = servers.server(identity.first, identity.second, ipProtocol: identity.ipProtocol) {
            client = server == 0 ? 1 : 0
        } else if isRejected, halves.0.isEmpty != halves.1.isEmpty {
            client = halves.0.isEmpty ? 1 : 0
        } else {
            client = identity.first.port >= identity.second.port ? 0 : 1
        }
    }

    /// Completes the connection, which is over.
    ///
    /// - Parameters:
    ///   - errorReason: as the other texts, an id of the batch that the connection goes to.
    ///   - isRepeated: whether another interface saw it.
    mutating func close(errorReason: TextID, details: TextID, node: TextID, isRepeated: Bool) {
        rejectReason = errorReason
        self.details = details
        self.node = node
        self.isRepeated = isRepeated
    }

    /// The connection, once its client is decided.
    var connection: Connection {
        let side = client
        let (sent, received) = side == 0 ? halves : (halves.1, halves.0)
        var fact = Connection(
            id: id, offset: 0, kind: .vpcFlow, start: Timestamp(nanoseconds: start), end: Timestamp(nanoseconds: end),
            client: side == 0 ? identity.first : identity.second, server: side == 0 ? identity.second : identity.first)
        fact.transport =
            switch identity.ipProtocol {
            case 6: .tcp
            case 17: .udp
            case 1, 58: .icmp
            default: .other
            }
        fact.errorReason = rejectReason
        fact.details = details
        fact.node = node
        if isRepeated { fact.flags.insert(.repeated) }
        fact.bytesFromClient = sent.isEmpty ? nil : sent.bytes
        fact.bytesFromServer = received.isEmpty ? nil : received.bytes
        fact.packetsFromClient = sent.isEmpty ? nil : sent.packets
        fact.packetsFromServer = received.isEmpty ? nil : received.packets
        if isGuessed { fact.flags.insert(.clientGuessed) }
        if sent.flags & 0x02 != 0 { fact.flags.insert(.startSeen) }
        if (sent.flags | received.flags) & 0x05 != 0 { fact.flags.insert(.endSeen) }
        if sent.flags & received.flags & 0x01 == 0 {
            switch (sent.flags & 0x04 != 0, received.flags & 0x04 != 0) {
            case (true, true): fact.resetBy = .both
            case (true, false): fact.resetBy = .client
            case (false, true): fact.resetBy = .server
            case (false, false): break
            }
            // Rows do not tell which came first, but whose connection was reset sends no FIN.
            if sent.flags & 0x01 != 0, received.flags & 0x04 != 0 { fact.flags.insert(.clientEndedFirst) }
        }
        fact.duration = end &- start
        if isRejected {
            fact.state = .rej
            fact.flags.insert(.rejected)
            let isOpening = identity.ipProtocol != 6 || isFlagless || (sent.flags | received.flags) & 0x02 != 0
            if !isOpening { fact.flags.insert(.rejectedWithoutSYN) }
            // Attempts that were refused again and again last no time.
            fact.duration = 0
        } else if isRefused(0) || isRefused(1) {
            fact.flags.insert(.rejected)
        } else if sent.flags & 0x02 != 0, received.flags & 0x07 == 0x04 {
            // A RST is all that came back: neither SYN-ACK nor FIN.
            fact.state = .rej
        }
        return fact
    }
}
