import ForensicsModel

/// A batch of facts in the form that the writer copies into the case: made on any thread, stored by one.
package struct EncodedBatch: Sendable {
    /// The rows of one table as a database image.
    struct TableImage: Sendable {
        let table: RowTable
        let bytes: [UInt8]
        /// The log that all rows are of; `nil` where they are of several, or of a capture.
        let log: UInt32?
    }

    var images: [TableImage] = []
    /// The batch's rejects, which are few and stored one by one.
    var rejects: [Reject] = []
    /// Portions of what sources add up to.
    var portions: [(source: UInt32, portion: RollupPortion)] = []
    /// Rows in all tables.
    package internal(set) var rows = 0
    /// The ids of rows that begin in one record with too many others to be numbered: counted, not stored.
    var dropped: [Int64] = []
    /// What waits in the case's dictionary for this batch's turn: texts and profiles that it or another is first to name; bytes.
    var waitingBytes = 0
    /// The bytes that wait to be written: what bounds a queue of batches.
    package var byteCount: Int {
        images.reduce(waitingBytes) { $0 + $1.bytes.count } + portions.reduce(0) { $0 + $1.portion.byteCount }
    }

    /// Whether there is nothing to store.
    package var isEmpty: Bool { images.isEmpty && rejects.isEmpty && portions.isEmpty }

    package init() {}
}
