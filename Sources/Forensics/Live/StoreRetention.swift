import ForensicsModel

/// When something of the case of a capture has to go.
///
/// Whole hours go once they are older than `--store-keep`, and the oldest ones as soon as the case nears `--store-size`.
struct StoreRetention: Sendable {
    private static let hour = 3600 * Timestamp.nanosecondsPerSecond

    private let keep: Int64?
    /// Bytes in use at which the oldest hours go. A tenth of the budget is left for what comes until then.
    private let threshold: Int64?
    private var nextKeep = Timestamp(nanoseconds: .min)

    /// - Parameters:
    ///   - keep: nanoseconds.
    ///   - size: bytes.
    init(keep: Int64?, size: Int64?) {
        self.keep = keep
        threshold = size.map { $0 / 10 * 9 }
    }

    /// Asks the writer for what is due. Returns `false` once storing has failed.
    mutating func apply(at now: Timestamp, _ writer: LiveWriter) -> Bool {
        if let keep, now >= nextKeep {
            nextKeep = Timestamp(nanoseconds: now.bucket(width: Self.hour) + Self.hour)
            let limit = Timestamp(nanoseconds: now.advanced(by: -keep).bucket(width: Self.hour))
            guard writer.remove(before: limit) else { return false }
        }
        return threshold.map { writer.shrink(to: $0) } ?? true
    }
}
