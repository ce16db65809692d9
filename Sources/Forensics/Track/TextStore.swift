import ForensicsModel

/// The texts that open connections and requests of one shard keep until they are given out.
///
/// Facts need ids of the batch that carries them; `publish` maps an id of the store to one of the batch and remembers
/// it for the rest of the batch. Texts that nothing holds any more go away when the holders are re-collected, which
/// is due each time the store has doubled.
struct TextStore {
    private(set) var live = TextTable()
    /// By id: the epoch of the batch it was published to, and its id there.
    private var published: [(epoch: UInt32, id: TextID)] = []
    private var collectAt = 1 << 16
    private var memo = TextMemo()
    var scratch: [UInt8] = []

    var byteCount: Int { live.byteCount }
    /// Whether it is time to re-collect what is still held.
    var isCollectionDue: Bool { live.byteCount >= collectAt }

    /// Returns the id of a text, cut to `limit` bytes; none for an empty range.
    @inline(__always)
    mutating func intern(_ bytes: Span<UInt8>, _ range: Range<Int>, limit: Int) -> TextID {
        let count = min(range.count, limit)
        let start = range.lowerBound
        guard count > 0 else { return .none }
        let key = TextMemo.key(bytes, start, count)
        if let known = memo.find(key, bytes, start, in: live) { return known }
        let id = live.intern(bytes, start..<(start &+ count))
        memo.remember(key, id)
        return id
    }

    mutating func intern(_ text: [UInt8]) -> TextID { text.isEmpty ? .none : live.intern(text) }

    mutating func split(_ bytes: Span<UInt8>, path: Range<Int>) -> (template: TextID, argument: PathArgument) {
        guard !path.isEmpty else { return (.none, .none) }
        let key = TextMemo.key(bytes, path.lowerBound, path.count)
        if let known = memo.find(key, bytes, path.lowerBound, in: live, plainPath: true) { return (known, .none) }
        let parts = PathTemplate.split(bytes, path, scratch: &scratch, texts: &live)
        if case .none = parts.argument { memo.remember(key, parts.template, plainPath: true) }
        return parts
    }

    /// Returns the text's id in the batch being filled.
    mutating func publish(_ id: TextID, _ epoch: UInt32, _ texts: inout TextTable) -> TextID {
        if id.isNone { return .none }
        let index = Int(id.rawValue)
        if index < published.count {
            let known = published[index]
            if known.epoch == epoch { return known.id }
        } else {
            while published.count <= index { published.append((epoch: 0, id: .none)) }
        }
        let mapped = texts.intern(live.arena.span, live.range(id))
        published[index] = (epoch: epoch, id: mapped)
        return mapped
    }

    /// Begins to re-collect: returns the old texts; every holder then asks `keep` for its new id.
    mutating func beginCollection() -> TextTable {
        let old = live
        live = TextTable()
        published.removeAll(keepingCapacity: true)
        memo.removeAll()
        return old
    }

    mutating func keep(_ id: inout TextID, from old: TextTable) {
        guard !id.isNone else { return }
        id = live.intern(old.arena.span, old.range(id))
    }

    mutating func endCollection() { collectAt = max(1 << 16, live.byteCount * 2) }
}
