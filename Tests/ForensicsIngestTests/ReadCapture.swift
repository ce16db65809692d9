import ForensicsIngest
import ForensicsModel

/// All that a capture reader gave, with the captured bytes copied out.
struct ReadCapture: Equatable {
    struct Frame: Equatable {
        var data: [UInt8]
        var original: Int
        var time: Int64
        var record: UInt32
        var offset: UInt64
        var linkType: UInt16
        var interface: UInt16
        var direction: UInt8
        var clock: FrameClock
    }

    struct Rejected: Equatable {
        var record: UInt32
        var offset: UInt64
        var reason: RejectReason
        var sample: [UInt8]
    }

    var frames: [Frame] = []
    var rejects: [Rejected] = []
    var tally = LedgerTally()
    var interfaces: [CaptureInterface] = []
    var condition = CaptureCondition()
    var key = ContentKey(length: 0, high: 0, low: 0)
    var issues: [StreamIssue.Kind] = []
    var batches = 0

    init(_ bytes: [UInt8], frameLimit: Int = CaptureReader.frameLimit) throws {
        try self.init(ByteSource(bytes: bytes, path: "test"), frameLimit: frameLimit)
    }

    init(_ source: consuming ByteSource, frameLimit: Int = CaptureReader.frameLimit) throws {
        var reader = try CaptureReader(source: source, ordinal: 7, frameLimit: frameLimit)
        var batch = FrameBatch()
        while reader.next(into: &batch, tally: &tally) {
            batches += 1
            for frame in batch.frames {
                let range = frame.position..<frame.position + frame.capturedLength
                frames.append(
                    Frame(
                        data: Array(batch.bytes[range]), original: frame.originalLength, time: frame.time.nanoseconds,
                        record: frame.record, offset: frame.offset, linkType: frame.linkType,
                        interface: frame.interface, direction: frame.captureDirection, clock: frame.clock))
            }
            for reject in batch.rejects {
                rejects.append(
                    Rejected(
                        record: reject.id.record, offset: reject.offset, reason: reject.reason, sample: reject.sample))
            }
        }
        tally.accepted += UInt64(frames.count)
        interfaces = reader.interfaces
        condition = reader.condition
        key = reader.source.contentKey
        issues = reader.source.issues.map(\.kind)
    }
}
