import ForensicsIngest
import ForensicsModel
import ForensicsStore

/// The content of an input as it is now, held against what the case has read from the same path.
struct HeldContent {
    /// What an input is to a source of the case.
    enum Relation: Int {
        /// The same content.
        case same
        /// It goes on where the source ended.
        case grown
        /// It begins like the source, and is shorter.
        case cut
        /// It begins like the source and goes on differently.
        case changed
        /// Something else under the same name: a ring of captures comes round, a log is cut and written anew.
        case other
    }

    /// What identifies the content; `nil` for what is not read.
    let key: String?
    private let length: UInt64
    private let beginning: String?
    /// The keys of its beginnings as long as the sources.
    private let shorterKeys: Set<String>
    /// The beginnings of the sources, by ordinal.
    private let beginnings: [UInt32: String]

    /// Decodes all of an input once.
    init(
        path: String, origin: InputOrigin, sources: [SourceRecord], beginnings: [UInt32: String]
    ) throws(IngestError) {
        var source = try ByteSource(
            path: path, origin: origin,
            checkpoints: sources.compactMap(\.decodedLength) + [ContentKey.beginningLength])
        source.drain()
        key = source.contentKey.text
        length = source.contentKey.length
        beginning = source.beginning?.text
        shorterKeys = Set(source.keysAtCheckpoints.map(\.text))
        self.beginnings = beginnings
    }

    /// Stands for an input that is not decoded.
    init(key: String) {
        self.key = key
        length = 0
        beginning = nil
        shorterKeys = []
        beginnings = [:]
    }

    /// What the content is to a source.
    func relation(to source: SourceRecord) -> Relation {
        // Nothing was read of it: whatever there is goes on from there.
        guard let known = source.contentKey else { return .grown }
        if known == key { return .same }
        if shorterKeys.contains(known) { return .grown }
        // Cases of earlier versions do not know how their sources began.
        guard let beginning, beginnings[source.ordinal] == beginning else { return .other }
        return length < source.decodedLength ?? 0 ? .cut : .changed
    }

    /// The source that the content has most to do with, and what it is to that one.
    func nearest(_ sources: [SourceRecord]) -> (source: SourceRecord, relation: Relation)? {
        sources.map { ($0, relation(to: $0)) }.min { $0.1.rawValue < $1.1.rawValue }
    }
}
