/// Where a fact came from: a source and the number of a record in it.
///
/// The identity of a fact is the provenance of its first record: `source · 2³² + record`. Records count from 1.
package struct FactID: Hashable, Comparable, Sendable {
    package var rawValue: Int64

    @inlinable
    @inline(__always)
    package init(rawValue: Int64) { self.rawValue = rawValue }

    /// - Parameters:
    ///   - source: the ordinal of the source inside the case, below 2³¹.
    ///   - record: from 1.
    @inlinable
    @inline(__always)
    package init(source: UInt32, record: UInt32) { rawValue = Int64(source) << 32 | Int64(record) }

    /// The ordinal of the source inside the case.
    @inlinable
    @inline(__always)
    package var source: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 32) }
    /// The number of the record inside the source, from 1.
    @inlinable
    @inline(__always)
    package var record: UInt32 { UInt32(truncatingIfNeeded: rawValue) }

    @inline(__always)
    package static func < (left: FactID, right: FactID) -> Bool { left.rawValue < right.rawValue }
}

/// A record that could not be used, with its place and the reason.
package struct Reject: Sendable {
    package var id: FactID
    /// The first byte of the record in the decoded stream of its source.
    package var offset: UInt64
    package var reason: RejectReason
    /// The first bytes of the record, at most `sampleLimit`.
    package var sample: [UInt8]

    /// Bytes of a record that are kept.
    package static let sampleLimit = 256

    package init(id: FactID, offset: UInt64, reason: RejectReason, sample: [UInt8]) {
        self.id = id
        self.offset = offset
        self.reason = reason
        self.sample = sample
    }
}

/// Why a record was rejected. The raw value is the name in the case file.
package enum RejectReason: String, Sendable, CaseIterable {
    /// A log line with fewer columns than the oldest form of its format has.
    case tooFewFields = "too-few-fields"
    case badTime = "bad-time"
    case badAddress = "bad-address"
    case badNumber = "bad-number"
    case badStatus = "bad-status"
    case unbalancedQuotes = "unbalanced-quotes"
    case lineTooLong = "line-too-long"
    case notThisFormat = "not-this-format"
    case badJSON = "bad-json"
    /// A record header that contradicts itself or its file: the reader cannot know where the next record is.
    case badRecordHeader = "bad-record-header"
    /// The source ended inside a record.
    case truncatedRecord = "truncated-record"
    case unsupportedLinkType = "unsupported-link-type"
    case unknownInterface = "unknown-interface"
    case badBlock = "bad-block"
    /// More distinct records than the source can number (2³² − 1).
    case tooManyRecords = "too-many-records"
    /// Two records in one log line: files were joined of which one did not end its last line, or lines end in a carriage
    /// return alone.
    case joinedLines = "joined-lines"
}

/// Why a record is accounted for without becoming a fact. The raw value is the name in the case file.
package enum IgnoreReason: String, Sendable, CaseIterable {
    case header = "header"
    case noData = "nodata"
    case skipData = "skipdata"
    case testObject = "test-object"
    case outOfRange = "out-of-range"
    case duplicate = "duplicate"
    case blank = "blank"
    /// A packet of a flow that the sample does not have.
    case notSampled = "not-sampled"
    /// A record of an address that was to be left out.
    case leftOut = "left-out"
}
