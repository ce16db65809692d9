/// Lines of one log that are decoded at once; their bytes travel beside it.
package struct LogStretch: Sendable {
    /// The place of the lines in the bytes; the last one may lack its line feed.
    package var lines: Range<Int>
    /// The ordinal of the source.
    package var source: UInt32
    /// The number of the first line, from 1.
    package var firstRecord: UInt32
    /// The place of the first line in the decoded stream of the source.
    package var offset: UInt64
    /// At most so many lines are read; `LogDecoder.position` tells where the next one begins.
    package var limit: UInt32
    /// Whether the bytes, and the texts of the batch, are those of the stretch before.
    package var continues: Bool

    /// Creates a stretch: all lines of a source unless told otherwise.
    package init(
        _ lines: Range<Int>, source: UInt32, firstRecord: UInt32 = 1, offset: UInt64 = 0, limit: UInt32 = .max,
        continues: Bool = false
    ) {
        self.lines = lines
        self.source = source
        self.firstRecord = firstRecord
        self.offset = offset
        self.limit = limit
        self.continues = continues
    }
}
