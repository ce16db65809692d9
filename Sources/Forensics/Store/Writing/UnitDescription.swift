package import ForensicsModel
import Foundation

/// What is read, or read again, as a whole: one log file or one capture set.
package struct UnitDescription: Sendable {
    /// What names the unit among all of a case: a path, or a capture set's folder, stem, link type and interface. Further
    /// contents of the same name have keys of their own (`part`).
    package var key: String
    package var kind: EvidenceKind
    package var vantage: String?
    /// The options that shape the result, as a text: content read under others is refused by the caller.
    package var options: String
    /// In the order in which the caller counts their records.
    package var sources: [SourceDescription]
    /// The keys of complete units whose files it holds: they stay until it is complete, and are removed then.
    package var replaced: [String] = []

    package init(key: String, kind: EvidenceKind, vantage: String?, options: String, sources: [SourceDescription]) {
        self.key = key
        self.kind = kind
        self.vantage = vantage
        self.options = options
        self.sources = sources
    }
}

extension UnitDescription {
    /// What comes between the key of a name and the content that only a part of it has.
    package static let partMark = "#part#"

    /// The key of what is read under the same name beside what the case holds of it.
    ///
    /// - Parameter content: the key of its first content: the same whenever it is read.
    package static func part(of key: String, content: String) -> String { key + partMark + content }

    /// What follows the key of a unit that takes the place of others while it is written.
    static let pendingMark = "#pending"

    /// The key of the unit that a key is of, or is of a part of.
    package static func whole(of key: String) -> String {
        key.range(of: partMark, options: .backwards).map { String(key[..<$0.lowerBound]) } ?? key
    }
}

/// One input file of a unit, before it is read.
package struct SourceDescription: Sendable {
    package var path: String
    /// The size of the file; `nil` for a stream.
    package var bytes: UInt64?
    /// One flow in so many was kept; 1 for all.
    package var sampleRate: UInt32

    package init(path: String, bytes: UInt64?, sampleRate: UInt32 = 1) {
        self.path = path
        self.bytes = bytes
        self.sampleRate = sampleRate
    }
}

/// A unit that is being written.
package struct UnitHandle: Sendable, Equatable {
    let id: Int64
    /// The key that it gets once it is complete, and the units that are removed then.
    var key = ""
    var replaced: [String] = []
    /// The ordinal of each source, in the order of the description: what facts name in `FactID.source`.
    ///
    /// Ordinals are the case's private numbers; `SourceRecord.id` is what users see.
    package let ordinals: [UInt32]
}

/// What became of a source.
package enum SourceStatus: String, Sendable, CaseIterable {
    /// Being read, or left so by a run that was ended: it is read again.
    case partial
    case complete
    /// Complete up to a place where the file is damaged or cut.
    case salvaged
    /// Nothing of it could be used.
    case failed
    /// Left unread because neither its name nor its content can hold the time that was asked for.
    case skipped
}

/// What a unit's last transaction says about one of its sources.
package struct SourceResult: Sendable {
    package var ordinal: UInt32
    package var status: SourceStatus
    /// The identity of the decoded content.
    package var contentKey: String?
    /// The identity of its beginning, of a length that all sources share; `nil` for shorter ones.
    package var beginning: String?
    package var sha256: String?
    /// What the store that it came from calls this content; `nil` for files.
    package var tag: String?
    /// Bytes after decompression.
    package var decodedLength: UInt64?
    /// The size of the file, where it is known better than at the start.
    package var bytes: UInt64?
    package var tally: LedgerTally
    /// What the user should know about it: why it was salvaged, failed or skipped.
    package var detail: String?
    /// Where decoding can begin again, in order.
    package var seekPoints: [StoredSeekPoint] = []
    /// What its rows add up to, or the last portion of it.
    package var counts = RollupPortion()
    /// What the checks saw of a log: its findings are put together with those of other logs.
    package var sightings: [UInt8]?

    package init(ordinal: UInt32, status: SourceStatus, tally: LedgerTally) {
        self.ordinal = ordinal
        self.status = status
        self.tally = tally
    }
}

/// A place from which a source can be read again.
package struct StoredSeekPoint: Sendable, Equatable {
    /// The number of the first record at or after the place; 0 where it is not known.
    package var record: UInt32
    package var decodedOffset: UInt64
    package var rawOffset: UInt64

    package init(record: UInt32, decodedOffset: UInt64, rawOffset: UInt64) {
        self.record = record
        self.decodedOffset = decodedOffset
        self.rawOffset = rawOffset
    }
}

/// A stretch of time that a source covers, or a gap in it, for one load balancer node.
package struct Coverage: Sendable, Equatable {
    package var source: UInt32
    package var loadBalancer: String?
    package var node: String?
    package var from: Timestamp?
    package var to: Timestamp?
    /// `nil` for time that is covered; else what is wrong with it: `nodata`, `skipdata`, `suspected-gap`, `repeated-records`.
    package var reason: String?

    /// Evidence that other evidence lets expect and that is not here.
    package static let suspectedGap = "suspected-gap"
    /// What the log itself says that it did not record.
    package static let skipData = "skipdata"
    /// Time of which another log holds the same records: it is covered, and what both hold counts twice.
    package static let repeated = "repeated-records"

    /// When; `nil` where an end of it is not known.
    package var window: TimeWindow? {
        guard let from, let to else { return nil }
        return TimeWindow(start: from, end: to)
    }

    package init(
        source: UInt32, loadBalancer: String?, node: String?, from: Timestamp?, to: Timestamp?, reason: String?
    ) {
        self.source = source
        self.loadBalancer = loadBalancer
        self.node = node
        self.from = from
        self.to = to
        self.reason = reason
    }
}

/// What a unit's last transaction stores beside its rows.
package struct UnitResult: Sendable {
    package var sources: [SourceResult]
    /// Their ids, and those of their evidence, name sources by ordinal.
    package var findings: [Finding] = []
    package var coverage: [Coverage] = []
    /// The time to show as `ingested_at`.
    package var ingestedAt: Timestamp?

    package init(sources: [SourceResult]) { self.sources = sources }
}
