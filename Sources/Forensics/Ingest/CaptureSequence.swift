import ForensicsModel

/// Whether files are one capture in pieces, told by their times: each begins where the one before ends.
///
/// Two capture points that run at the same time overlap, so that files that do not can never show a packet twice.
package struct CaptureSequence {
    /// A piece's last packets may be stamped after the next one's first: several queues feed one capture.
    private static let overlap = Timestamp.nanosecondsPerSecond
    /// Silence between two pieces: longer, and the next one may be another capture, begun by hand.
    static let pause = 60 * Timestamp.nanosecondsPerSecond

    /// The files with packets, one of each name whether compressed or not, in order.
    private let pieces: [CaptureSummary]

    /// Takes the files that hold packets in order; of one that is there compressed and not, the first.
    package init(_ captures: [CaptureSummary]) {
        var seen: Set<Substring> = []
        pieces = captures.sorted(by: CaptureSets.precedes).filter {
            $0.firstTime != nil && seen.insert(RotationName.unzipped($0.path)).inserted
        }
    }

    /// Whether the files are pieces of one capture.
    package enum Verdict: Equatable, Sendable {
        case followsOn
        case doesNot
        /// The end of some piece is not known.
        case untold
    }

    /// Whether each piece begins when the one before has ended.
    ///
    /// - Parameter pause: nanoseconds that may lie between, or `nil` for any time.
    package func verdict(pause: Int64?) -> Verdict {
        if pieces.count < 2 { return .doesNot }
        var verdict = Verdict.followsOn
        for (left, right) in zip(pieces, pieces.dropFirst()) {
            guard let start = right.firstTime, let end = left.lastTime else {
                verdict = .untold
                continue
            }
            if start < end.advanced(by: -Self.overlap) { return .doesNot }
            if let pause, start > end.advanced(by: pause) { return .doesNot }
        }
        return verdict
    }

    /// The pieces whose end is not known and matters, and the time from which on it does not.
    var untold: [(path: String, until: Timestamp)] {
        zip(pieces, pieces.dropFirst()).compactMap { left, right in
            guard left.lastTime == nil, let start = right.firstTime else { return nil }
            return (left.path, start.advanced(by: Self.overlap))
        }
    }
}
