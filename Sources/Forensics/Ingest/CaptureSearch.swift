/// What stands where a record might begin.
enum RecordFit: Sendable {
    /// A record whose header agrees with itself and with its neighbour. It may reach past the buffer.
    case record(end: Int, time: Int64?)
    /// The header of another file.
    case capture
    /// The buffer ends before that can be told.
    case unknown
    case nothing
}

/// A form of capture whose records can be told from other bytes.
protocol SearchableRecords {
    /// Tells what stands at `position`, from a few bytes and without going on to what follows.
    ///
    /// - Parameter near: the time of the record before it, in nanoseconds, if there is one.
    func fit(_ bytes: Span<UInt8>, _ position: Int, _ end: Int, near: Int64?) -> RecordFit

    /// Whether the bytes from `position` to the end of the file may be the beginning of a sound record.
    func mayBeCut(_ bytes: Span<UInt8>, _ position: Int, _ end: Int, near: Int64?) -> Bool
}

/// The search for the next record behind damage.
///
/// A place counts as found where `chainCount` records follow one another, fewer only up to the end of the file. Each
/// place is looked at once, at most `chainCount` headers and `chainLength` bytes ahead, so that the search takes time
/// in proportion to the bytes whatever they are, and fits the buffer.
enum CaptureSearch {
    static let chainCount = 3
    static let chainLength = 1 << 19

    enum Outcome: Sendable {
        case found(Int)
        /// Nothing before this place; for it and what follows more bytes are needed.
        case needsMore(Int)
        case nothing
    }

    /// Searches `range` for the first place where records go on. `isLast` says that nothing follows the range.
    static func find(
        _ form: borrowing some SearchableRecords, _ bytes: Span<UInt8>, _ range: Range<Int>, isLast: Bool, near: Int64?
    ) -> Outcome {
        let end = range.upperBound
        var position = range.lowerBound
        while position < end {
            switch chain(form, bytes, position, end, isLast: isLast, near: near) {
            case .holds: return .found(position)
            case .breaks: position &+= 1
            case .needsMore: return .needsMore(position)
            }
        }
        return isLast ? .nothing : .needsMore(end)
    }

    private enum Chain { case holds, breaks, needsMore }

    @inline(__always)
    private static func chain(
        _ form: borrowing some SearchableRecords, _ bytes: Span<UInt8>, _ start: Int, _ end: Int, isLast: Bool,
        near: Int64?
    ) -> Chain {
        var position = start
        var time = near
        for count in 0..<chainCount {
            if position == end, count > 0 { return isLast ? .holds : .needsMore }
            switch form.fit(bytes, position, end, near: time) {
            case .capture: return .holds
            case .nothing: return .breaks
            case .unknown: return isLast ? .breaks : .needsMore
            case .record(let next, let recordTime):
                if next &- start > chainLength { return .breaks }
                if next > end { return isLast ? .breaks : .needsMore }
                position = next
                time = recordTime ?? time
            }
        }
        return .holds
    }
}
