import ForensicsModel

/// Counts data segments by the minute in which they were captured.
///
/// Connections tell their retransmissions at their end, which may be hours after the loss.
struct SegmentMeter {
    /// The minute at hand, nanoseconds; no time lies in it before the first segment.
    private var start = Int64.max
    private var end = Int64.min
    private var current = SegmentMinute(minute: 0)

    private static let minute: Int64 = 60_000_000_000
    /// Minutes that are looked through for one that packets out of order go back to.
    private static let recent = 8

    /// Counts a segment.
    @inline(__always)
    mutating func count(_ direction: Int, _ length: UInt32, at time: Int64, _ done: inout [SegmentMinute]) {
        if time < start || time >= end { turn(to: time, &done) }
        let segments = SegmentCounts.segments(of: length)
        if direction == 0 {
            current.fromClients.sent &+= segments
        } else {
            current.fromServers.sent &+= segments
        }
    }

    /// Tells that the segment counted last had been sent before.
    ///
    /// - Parameters:
    ///   - isUnseen: whether its bytes were captured for the first time.
    ///   - ofConnection: how many its connection had sent again in this minute, this one included.
    mutating func countResent(_ direction: Int, _ length: UInt32, isUnseen: Bool, ofConnection: UInt32) {
        let segments = SegmentCounts.segments(of: length)
        var counts = direction == 0 ? current.fromClients : current.fromServers
        counts.resent &+= segments
        if isUnseen { counts.unseen &+= segments }
        counts.largest = max(counts.largest, UInt64(ofConnection))
        if direction == 0 { current.fromClients = counts } else { current.fromServers = counts }
    }

    /// Hands over what was counted of the minute at hand.
    mutating func flush(into done: inout [SegmentMinute]) {
        if current.fromClients.sent | current.fromServers.sent != 0 { done.append(current) }
        self = SegmentMeter()
    }

    private mutating func turn(to time: Int64, _ done: inout [SegmentMinute]) {
        flush(into: &done)
        let minute = BucketKey.minute(of: Timestamp(nanoseconds: time))
        current = SegmentMinute(minute: minute)
        start = Timestamp(nanoseconds: time).bucket(width: Self.minute)
        end = start.addingReportingOverflow(Self.minute).overflow ? .max : start &+ Self.minute
        let first = max(0, done.count - Self.recent)
        guard let place = done[first...].firstIndex(where: { $0.minute == minute }) else { return }
        current = done.remove(at: place)
    }
}
