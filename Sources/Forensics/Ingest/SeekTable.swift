/// A place where decoding of a source can begin again.
package struct SeekPoint: Hashable, Sendable {
    /// The first byte of a gzip member in the file as stored.
    package var rawOffset: UInt64
    /// The first byte that the member decodes to, in the decoded stream.
    package var decodedOffset: UInt64

    package init(rawOffset: UInt64, decodedOffset: UInt64) {
        self.rawOffset = rawOffset
        self.decodedOffset = decodedOffset
    }
}

/// The seek points of one source: starts of gzip members, at least `spacing` decoded bytes apart.
///
/// Holds at most `limit` points: when full, every second one goes and the spacing doubles.
package struct SeekTable: Sendable {
    /// In order of place.
    package private(set) var points: [SeekPoint] = []
    /// The least distance of two points in decoded bytes; 1 MiB at first.
    package private(set) var spacing: UInt64 = 1 << 20

    /// Points that are kept at most.
    package static let limit = 4096

    package init() {}

    mutating func add(_ point: SeekPoint) {
        if let last = points.last, point.decodedOffset < last.decodedOffset + spacing { return }
        if points.count >= Self.limit { thin() }
        if let last = points.last, point.decodedOffset < last.decodedOffset + spacing { return }
        points.append(point)
    }

    /// Returns the last point at or before a place of the decoded stream.
    package func point(before decodedOffset: UInt64) -> SeekPoint? {
        var low = 0
        var high = points.count
        while low < high {
            let middle = (low + high) / 2
            if points[middle].decodedOffset <= decodedOffset { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : points[low - 1]
    }

    private mutating func thin() {
        spacing *= 2
        var kept: [SeekPoint] = []
        for index in stride(from: 0, to: points.count, by: 2) { kept.append(points[index]) }
        points = kept
    }
}
