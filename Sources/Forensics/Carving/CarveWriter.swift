import ForensicsDecode
import ForensicsIngest
import ForensicsModel
import ForensicsStore

/// Writes packets of original captures as pcapng, anonymized if that is asked for.
struct CarveWriter {
    /// What was replaced so far, if that was asked for.
    private(set) var anonymizer: PacketAnonymizer?
    /// Packets written.
    private(set) var packets = 0
    /// Where they were captured.
    private(set) var vantages: Set<String> = []
    private var latest: UInt32?
    private var writer = PcapNGWriter()
    private var out: [UInt8] = []

    /// Bytes that are handed out at once.
    private static let portion = 1 << 18

    init(application: String, title: String, anonymizer: PacketAnonymizer?) {
        self.anonymizer = anonymizer
        writer.begin(application: application, comment: title, into: &out)
    }

    /// Writes a packet.
    ///
    /// - Parameters:
    ///   - bytes: those of the batch that the frame belongs to.
    ///   - comment: why the packet is wanted; may be empty.
    mutating func write(
        _ frame: FrameHeader, _ bytes: [UInt8], of source: SourceRecord, comment: String,
        to sink: ([UInt8]) throws -> Void
    ) throws {
        if let rewritten = anonymizer?.anonymize(frame, bytes.span) {
            writer.append(
                frame, rewritten.span, source: source.id, origin: "capture \(source.id)", comment: comment, into: &out)
        } else {
            let place = frame.position..<(frame.position + frame.capturedLength)
            writer.append(
                frame, bytes.span.extracting(place), source: source.id, origin: source.path, comment: comment,
                into: &out)
        }
        packets += 1
        if latest != source.id {
            latest = source.id
            vantages.insert(source.vantage ?? source.unitKey)
        }
        guard out.count > Self.portion else { return }
        try sink(out)
        out.removeAll(keepingCapacity: true)
    }

    /// Hands out the rest.
    mutating func finish(to sink: ([UInt8]) throws -> Void) throws {
        try sink(out)
        out = []
    }
}
