// What libFuzzer calls: bytes of any kind through the stages that read evidence. The environment variable FUZZ_TARGET
// names the target (run.sh). A crash, a hang, memory out of bounds or a ledger that does not add up is a finding.

import ForensicsDecode
import ForensicsIngest
import ForensicsModel
import ForensicsTrack

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

enum Target: String {
    case capture, link, http1, http2, tls, proxy, quic, dns, geneve, vxlan, logs
}

let target: Target = {
    guard let name = getenv("FUZZ_TARGET"), let target = Target(rawValue: String(cString: name)) else {
        fatalError("FUZZ_TARGET names no target")
    }
    return target
}()

/// Takes one input of libFuzzer; 0 keeps it for the corpus.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: size))
    switch target {
    case .capture: capture(bytes)
    case .link: link(bytes)
    case .http1: stream(bytes, port: 80)
    case .http2: stream(bytes, port: 8080)
    case .tls: stream(bytes, port: 443)
    case .proxy: stream(bytes, port: 9000)
    case .quic: datagrams(bytes, port: 443)
    case .dns: datagrams(bytes, port: 53)
    case .geneve: datagrams(bytes, port: 6081)
    case .vxlan: datagrams(bytes, port: 4789)
    case .logs: logs(bytes)
    }
    return 0
}

func capture(_ bytes: [UInt8]) {
    let source = ByteSource(bytes: bytes, path: "fuzz")
    guard var reader = try? CaptureReader(source: source, ordinal: 1)
    else { return }
    var tally = LedgerTally()
    var batch = FrameBatch()
    var fragments = FragmentTable()
    var decoded: [PacketBatch] = []
    var frames: UInt64 = 0
    while reader.next(into: &batch, tally: &tally) {
        frames += UInt64(batch.frames.count)
        var packets = PacketBatch()
        _ = PacketDecoder.decode(batch, into: &packets, tally: &tally)
        fragments.reassemble(&packets, tally: &tally)
        decoded.append(packets)
        batch = FrameBatch()
    }
    precondition(tally.accepted + tally.rejectedTotal >= frames, "a frame is missing from the ledger")
    track(decoded)
}

func link(_ bytes: [UInt8]) {
    guard bytes.count > 2 else { return }
    let types = [
        LinkType.null, LinkType.ethernet, LinkType.raw, LinkType.loop, LinkType.linuxSLL, LinkType.linuxSLL2,
        LinkType.ipv4, LinkType.ipv6, 147,
    ]
    let type = types[Int(bytes[0]) % types.count]
    let cut = 2 + Int(bytes[1]) % max(1, bytes.count - 2)
    run([Array(bytes[2..<cut]), Array(bytes[cut...])], type)
}

/// A connection whose two directions say what the input holds, in segments whose sizes it holds as well.
func stream(_ bytes: [UInt8], port: UInt16) {
    guard bytes.count > 4 else { return }
    let size = 1 + Int(bytes[0]) * 6
    let half = 4 + (Int(bytes[1]) << 8 | Int(bytes[2])) % (bytes.count - 4)
    var frames = [
        segment(fromClient: true, 0, 0, 2, [], port), segment(fromClient: false, 0, 1, 0x12, [], port),
        segment(fromClient: true, 1, 1, 0x10, [], port),
    ]
    let order = bytes[3]
    var sides: [(isClient: Bool, bytes: ArraySlice<UInt8>)] = [(true, bytes[4..<half]), (false, bytes[half...])]
    if order & 1 == 1 { sides.swapAt(0, 1) }
    for side in sides {
        var sequence: UInt32 = 1
        var rest = side.bytes
        var parts: [[UInt8]] = []
        while !rest.isEmpty {
            let part = Array(rest.prefix(size))
            rest = rest.dropFirst(size)
            parts.append(segment(fromClient: side.isClient, sequence, 1, 0x18, part, port))
            sequence &+= UInt32(part.count)
        }
        if order & 2 == 2, parts.count > 1 { parts.swapAt(0, 1) }
        if order & 4 == 4, let first = parts.first { parts.append(first) }
        frames += parts
    }
    run(frames, LinkType.ethernet)
}

func datagrams(_ bytes: [UInt8], port: UInt16) {
    guard bytes.count > 2 else { return }
    let cut = 1 + Int(bytes[0]) * 5 % (bytes.count - 1)
    run([datagram(Array(bytes[1..<cut]), port), datagram(Array(bytes[cut...]), port)], LinkType.ethernet)
}

/// Reads lines as a kind that the length chooses: to make a reader of each kind would take most of the time.
func logs(_ bytes: [UInt8]) {
    let kind = LogFormatRegistry.kinds[bytes.count % LogFormatRegistry.kinds.count]
    var batch = FactBatch()
    var tally = LedgerTally()
    var decoder = LogDecoder(kind: kind, header: nil, options: LogOptions())
    let lines = decoder.decode(
        bytes.span, LogStretch(0..<bytes.count, source: 1), into: &batch, tally: &tally)
    precondition(tally.records == UInt64(lines), "a line is missing from the ledger")
    _ = LogFormatRegistry.detect(bytes.span, fileName: nil)
}

func run(_ contents: [[UInt8]], _ type: UInt16) {
    var batch = FrameBatch()
    batch.source = 1
    for (index, content) in contents.enumerated() {
        batch.frames.append(
            FrameHeader(
                position: batch.bytes.count, capturedLength: content.count, originalLength: content.count,
                time: Timestamp(nanoseconds: Int64(index) * 1_000_000), record: UInt32(index + 1), offset: 0,
                linkType: type, interface: 0, captureDirection: 0))
        batch.bytes += content
    }
    var tally = LedgerTally()
    var packets = PacketBatch()
    var fragments = FragmentTable()
    _ = PacketDecoder.decode(batch, into: &packets, tally: &tally)
    fragments.reassemble(&packets, tally: &tally)
    precondition(tally.records >= UInt64(contents.count), "a frame is missing from the ledger")
    track([packets])
}

/// Tracks packets. Only the shards that they belong to are made: all 64 would take most of the time.
func track(_ batches: [PacketBatch]) {
    var hashes = batches.map { batch in
        var hashes: [UInt64] = []
        Shard.hashes(of: batch, into: &hashes)
        return hashes
    }
    let mask = hashes.joined().reduce(UInt64(0)) { $1 == 0 ? $0 : $0 | 1 << UInt64(Shard.of($1)) }
    var tracker = Tracker(options: TrackOptions(), kind: .pcap, shards: mask)
    for batch in batches { tracker.observe(batch, hashes: hashes.removeFirst()) }
    while tracker.finish(at: Timestamp(nanoseconds: 1 << 60)) { _ = tracker.take() }
    _ = tracker.take()
}

// MARK: - Packets around the input

func words(_ values: [UInt16]) -> [UInt8] { values.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] } }

func network(_ payload: [UInt8], _ transport: UInt8, fromClient: Bool) -> [UInt8] {
    let ends: [[UInt8]] = [[10, 0, 0, 1], [10, 0, 0, 2]]
    let length = UInt16(truncatingIfNeeded: payload.count + 20)
    return [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0] + words([length, 1, 0x4000]) + [64, transport, 0, 0]
        + ends[fromClient ? 0 : 1] + ends[fromClient ? 1 : 0] + payload
}

func segment(
    fromClient: Bool, _ sequence: UInt32, _ acknowledged: UInt32, _ flags: UInt8, _ payload: [UInt8], _ port: UInt16
)
    -> [UInt8]
{
    let ports: [UInt16] = fromClient ? [40_000, port] : [port, 40_000]
    let numbers = [sequence, acknowledged].flatMap { [UInt16($0 >> 16), UInt16($0 & 0xFFFF)] }
    return network(
        words(ports + numbers) + [0x50, flags] + words([64_000, 0, 0]) + payload, 6, fromClient: fromClient)
}

func datagram(_ payload: [UInt8], _ port: UInt16) -> [UInt8] {
    let length = UInt16(truncatingIfNeeded: payload.count + 8)
    return network(words([40_000, port, length, 0]) + payload, 17, fromClient: true)
}
