/// A TCP connection as the captured host sees it, told event by event.
///
/// Both sides keep their sequence numbers, timestamps and identifications; no packet is earlier than the one before.
struct TCPConversation {
    enum Side { case client, server }

    struct Flags: OptionSet {
        var rawValue: UInt8
        static let fin = Flags(rawValue: 1)
        static let syn = Flags(rawValue: 2)
        static let reset = Flags(rawValue: 4)
        static let push = Flags(rawValue: 8)
        static let acknowledge = Flags(rawValue: 16)
    }

    private struct Endpoint {
        var address: UInt32
        var port: Int
        var sequence: UInt32
        var identification: UInt16
        var timeToLive: UInt8
        var clockOffset: UInt32
        var lastStamp: UInt32 = 0
        var window: UInt16 = 502
    }

    private var client: Endpoint
    private var server: Endpoint
    /// The time of the last packet.
    private(set) var clock = Instant(nanoseconds: 0)
    let roundTrip: Instant.Span
    private let segmentSize: Int

    init(
        client: (address: UInt32, port: Int), server: (address: UInt32, port: Int), roundTrip: Instant.Span,
        segmentSize: Int, timeToLive: UInt8, _ random: inout SeededGenerator
    ) {
        self.client = Endpoint(
            address: client.address, port: client.port, sequence: UInt32(truncatingIfNeeded: random.next()),
            identification: UInt16(truncatingIfNeeded: random.next()), timeToLive: timeToLive,
            clockOffset: UInt32(truncatingIfNeeded: random.next()))
        self.server = Endpoint(
            address: server.address, port: server.port, sequence: UInt32(truncatingIfNeeded: random.next()),
            identification: UInt16(truncatingIfNeeded: random.next()), timeToLive: 64, clockOffset: 91_500_000)
        self.roundTrip = roundTrip
        self.segmentSize = segmentSize
    }

    /// Half a round trip or so: how long the peer takes to react.
    private var reaction: Instant.Span { Instant.Span(nanoseconds: max(20_000, roundTrip.nanoseconds)) }

    // MARK: - Events

    /// The three-way handshake, from `time` on.
    mutating func open(at time: Instant, _ log: inout FrameLog) {
        synchronize(at: time, &log)
        emit(.server, at: clock + .microseconds(31), [.syn, .acknowledge], &log)
        server.sequence &+= 1
        emit(.client, at: clock + reaction, .acknowledge, &log)
    }

    /// SYNs that nobody answers, sent again after one, three and seven seconds.
    mutating func knock(at time: Instant, _ log: inout FrameLog) {
        synchronize(at: time, &log)
        for delay in [1013, 3031, 7079] { emit(.client, at: time + .milliseconds(delay), .syn, backBy: 1, &log) }
    }

    private mutating func synchronize(at time: Instant, _ log: inout FrameLog) {
        emit(.client, at: time, .syn, &log)
        client.sequence &+= 1
    }

    /// Data from `side`, in as many segments as it takes. The other side confirms it at once where `confirmed`.
    mutating func send(
        _ side: Side, at time: Instant, _ data: [UInt8], confirmed: Bool, _ log: inout FrameLog
    ) {
        var rest = data[...]
        var next = time
        while !rest.isEmpty {
            let segment = Array(rest.prefix(segmentSize))
            rest = rest.dropFirst(segmentSize)
            emit(side, at: next, rest.isEmpty ? [.push, .acknowledge] : .acknowledge, data: segment, &log)
            advance(side, by: UInt32(segment.count))
            next = clock + .microseconds(3)
        }
        if confirmed { confirm(side == .client ? .server : .client, &log) }
    }

    /// The last segment of `data` again, `delay` after it went out the first time.
    mutating func repeatLast(_ side: Side, _ data: [UInt8], after delay: Instant.Span, _ log: inout FrameLog) {
        let count = data.count % segmentSize == 0 ? min(data.count, segmentSize) : data.count % segmentSize
        let tail = Array(data.suffix(count))
        emit(side, at: clock + delay, [.push, .acknowledge], data: tail, backBy: UInt32(tail.count), &log)
    }

    /// An acknowledgement without data from `side`.
    mutating func confirm(_ side: Side, _ log: inout FrameLog) {
        let delay = side == .server ? Instant.Span.microseconds(24) : reaction
        emit(side, at: clock + delay, .acknowledge, &log)
    }

    /// A keep-alive of the client and its answer.
    mutating func keepAlive(at time: Instant, _ log: inout FrameLog) {
        emit(.client, at: time, .acknowledge, backBy: 1, &log)
        confirm(.server, &log)
    }

    /// The server's receive buffer is full for `span`: a zero window, probes, and the window again.
    mutating func stall(for span: Instant.Span, _ log: inout FrameLog) {
        let from = clock
        server.window = 0
        confirm(.server, &log)
        for delay in [210, 640, 1500] where .milliseconds(delay) < span {
            emit(.client, at: from + .milliseconds(delay), .acknowledge, backBy: 1, &log)
            confirm(.server, &log)
        }
        server.window = 502
        emit(.server, at: from + span, .acknowledge, &log)
    }

    /// An orderly end that `side` begins.
    mutating func close(_ side: Side, at time: Instant, _ log: inout FrameLog) {
        let other: Side = side == .client ? .server : .client
        emit(side, at: time, [.fin, .acknowledge], &log)
        advance(side, by: 1)
        emit(other, at: clock + (side == .client ? .microseconds(45) : reaction), [.fin, .acknowledge], &log)
        advance(other, by: 1)
        emit(side, at: clock + (side == .server ? .microseconds(22) : reaction), .acknowledge, &log)
    }

    /// A reset from `side`.
    mutating func reset(_ side: Side, at time: Instant, _ log: inout FrameLog) {
        emit(side, at: time, [.reset, .acknowledge], &log)
    }

    // MARK: - One segment

    private mutating func advance(_ side: Side, by count: UInt32) {
        if side == .client { client.sequence &+= count } else { server.sequence &+= count }
    }

    private mutating func emit(
        _ side: Side, at wanted: Instant, _ flags: Flags, data: [UInt8] = [], backBy: UInt32 = 0,
        _ log: inout FrameLog
    ) {
        // The odd nanoseconds keep two packets of different connections from the same instant.
        let jitter = Instant.Span(nanoseconds: Int64((client.identification ^ server.identification) & 0x3ff))
        let time = max(wanted, clock + .microseconds(1)) + jitter
        clock = time
        var from = side == .client ? client : server
        let to = side == .client ? server : client
        from.identification &+= 1
        from.lastStamp = UInt32(truncatingIfNeeded: time.nanoseconds / 1_000_000) &+ from.clockOffset
        var segment = bigEndian(UInt16(from.port)) + bigEndian(UInt16(to.port))
        segment += bigEndian(from.sequence &- backBy)
        segment += bigEndian(flags.contains(.acknowledge) ? to.sequence : UInt32(0))
        let options = Self.options(flags, segmentSize, stamp: from.lastStamp, echo: to.lastStamp)
        segment += [UInt8((20 + options.count) / 4) << 4, flags.rawValue]
        segment += bigEndian(flags.contains(.syn) ? UInt16(62_727) : from.window) + [0, 0, 0, 0] + options + data
        setChecksum(of: &segment, at: 16, protocol: 6, from.address, to.address)
        log.appendIPv4(
            at: time, protocol: 6, from: from.address, to: to.address, identification: from.identification,
            timeToLive: from.timeToLive, payload: segment)
        if side == .client { client = from } else { server = from }
    }

    /// Timestamps always; on a SYN also segment size, selective acknowledgement and window scale.
    private static func options(_ flags: Flags, _ segmentSize: Int, stamp: UInt32, echo: UInt32) -> [UInt8] {
        let stamps = [8, 10] + bigEndian(stamp) + bigEndian(flags.contains(.acknowledge) ? echo : UInt32(0))
        if flags.contains(.reset) { return [] }
        guard flags.contains(.syn) else { return [1, 1] + stamps }
        return [2, 4] + bigEndian(UInt16(segmentSize + 12)) + [4, 2] + stamps + [1, 3, 3, 7]
    }
}
