package import ForensicsModel

/// Data segments that had to be sent again, of one direction, before and during.
///
/// Data segments are those with payload, other than keep-alives and window probes; what segmentation offload joined counts as
/// segments of 1,460 bytes.
public struct Retransmissions: Sendable, Equatable {
    /// Who sent them: `clients` or `servers`.
    public var sender: String
    /// Those before.
    public var before: Count
    /// Those during.
    public var during: Count

    /// The data segments of a window.
    public struct Count: Sendable, Equatable {
        /// All of them.
        public var segments: Int64
        /// Those that had been sent before.
        public var resent: Int64
        /// Of those, how many were lost before they came to the capture point: their first sending was not captured.
        public var unseen: Int64
        /// Those sent again, without the connection that has most of each minute: of everybody.
        var ofOthers: Int64

        init(_ counts: SegmentCounts) {
            segments = Int64(clamping: counts.sent)
            resent = Int64(clamping: counts.resent)
            unseen = Int64(clamping: counts.unseen)
            ofOthers = Int64(clamping: counts.ofOthers)
        }

        /// The share that had been sent before; `nil` where there were none.
        public var share: Double? { segments > 0 ? Double(resent) / Double(segments) : nil }
    }

    /// Both directions: what servers sent, which is most, first.
    package static func both(before: SegmentMinute, during: SegmentMinute) -> [Retransmissions] {
        [
            Retransmissions(sender: "servers", before: Count(before.fromServers), during: Count(during.fromServers)),
            Retransmissions(sender: "clients", before: Count(before.fromClients), during: Count(during.fromClients)),
        ]
    }

    /// Who receives what was sent.
    package var receiver: String { sender == "servers" ? "clients" : "servers" }

    private static let leastShare = 0.01
    private static let fewest: Int64 = 20
    private static let factor = 2.0

    /// Whether many more than before are sent again, on more than one connection.
    package var hasRisen: Bool { Self.isMore(during, than: before) }
    /// Whether many fewer are.
    package var hasFallen: Bool { Self.isMore(before, than: during) }

    private static func isMore(_ one: Count, than other: Count) -> Bool {
        guard one.segments > 0, other.segments > 0, one.ofOthers >= fewest else { return false }
        let (share, usual) = (Double(one.ofOthers) / Double(one.segments), other.share ?? 0)
        return share >= leastShare && share >= factor * usual
    }
}
