import ForensicsModel

/// A text that something open keeps: not an id of a batch, which `TextID` is.
struct LiveText {
    var number: UInt32 = 0
    static let none = LiveText()
    @inline(__always)
    var isNone: Bool { number == 0 }
}

/// What a path's template left out, in kept texts.
enum LiveArgument {
    case none
    case number(Int64)
    case text(LiveText)
    case whole(LiveText)
}

/// The texts that open connections and requests keep until they are given out.
///
/// Facts need ids of the batch that carries them; `publish` maps a kept text to one of the batch and remembers
/// it for the rest of the batch. Texts that nothing holds any more go away when the holders are re-collected, which
/// is due each time their bytes have doubled.
struct LiveTexts {
    /// A text's id in a batch; good while the batch is the same.
    private struct Published {
        var epoch: UInt32 = 0
        var id: UInt32 = 0
    }

    private var live = TextTable()
    /// By text number.
    private var published: [Published] = []
    private var histories = [(word: UInt64, published: Published)](repeating: (0, Published()), count: 16)
    private static let collectionMinimum = 1 << 20
    private var collectAt = LiveTexts.collectionMinimum
    private var memo = TextMemo()
    private var scratch: [UInt8] = []

    /// The bytes of one text, which is not `none`.
    func byteCount(of text: LiveText) -> Int { live.range(TextID(rawValue: text.number)).count }
    /// Whether it is time to re-collect what is still held.
    var isCollectionDue: Bool { live.byteCount >= collectAt }

    /// Returns a text, cut to `limit` bytes; none for an empty range.
    ///
    /// Not inlined: five copies of it push other code out of the processor's cache.
    @inline(never)
    mutating func intern(_ bytes: Span<UInt8>, _ range: Range<Int>, limit: Int) -> LiveText {
        let count = min(range.count, limit)
        let start = range.lowerBound
        guard count > 0 else { return .none }
        let key = TextMemo.key(bytes, start, count)
        let known = memo.find(key, bytes, start)
        if !known.isNone { return known }
        let text = LiveText(number: live.intern(bytes, start..<(start &+ count)).rawValue)
        memo.remember(key, text, bytes, start)
        return text
    }

    mutating func intern(_ text: [UInt8]) -> LiveText {
        text.isEmpty ? .none : LiveText(number: live.intern(text).rawValue)
    }

    /// Keeps a text that hardly ever comes again: it is not looked for, here or in the batch.
    mutating func append(_ bytes: Span<UInt8>, _ range: Range<Int>, limit: Int) -> LiveText {
        let kept = range.prefix(limit)
        return kept.isEmpty ? .none : LiveText(number: live.append(bytes, kept).rawValue)
    }

    /// Returns the template of a path and what it left out.
    mutating func split(_ bytes: Span<UInt8>, path: Range<Int>) -> (template: LiveText, argument: LiveArgument) {
        guard !path.isEmpty else { return (.none, .none) }
        let key = TextMemo.key(bytes, path.lowerBound, path.count)
        let known = memo.find(key, bytes, path.lowerBound, plainPath: true)
        if !known.isNone { return (known, .none) }
        let parts = PathTemplate.split(bytes, path, scratch: &scratch, texts: &live)
        let template = LiveText(number: parts.template.rawValue)
        switch parts.argument {
        case .none:
            memo.remember(key, template, bytes, path.lowerBound, plainPath: true)
            return (template, .none)
        case .number(let number): return (template, .number(number))
        case .text(let text): return (template, .text(LiveText(number: text.rawValue)))
        case .whole(let text): return (template, .whole(LiveText(number: text.rawValue)))
        }
    }

    /// The bytes of a text.
    func bytes(_ text: LiveText) -> [UInt8] { live.bytes(TextID(rawValue: text.number)) }

    /// Calls a closure with the bytes that hold a text, and its place among them.
    @inline(__always)
    func read<Result>(_ text: LiveText, _ body: (Span<UInt8>, Range<Int>) -> Result) -> Result {
        body(live.arena.span, live.range(TextID(rawValue: text.number)))
    }

    /// Returns the text's id in the batch being filled.
    mutating func publish(_ text: LiveText, _ epoch: UInt32, _ texts: inout TextTable) -> TextID {
        let index = Int(text.number)
        if index < published.count {
            let known = published[index]
            if known.epoch == epoch { return TextID(rawValue: known.id) }
        } else {
            while published.count <= index { published.append(Published()) }
        }
        if index == 0 { return TextID(rawValue: 0) }
        let mapped = texts.adopt(TextID(rawValue: text.number), of: live)
        published[index] = Published(epoch: epoch, id: mapped.rawValue)
        return mapped
    }

    /// Returns the id of a history's letters in the batch being filled; most connections share a few histories.
    mutating func publish(_ history: ConnectionHistory, _ epoch: UInt32, _ texts: inout TextTable) -> TextID {
        let slot = Int(truncatingIfNeeded: (history.word &* 0x9E37_79B9_7F4A_7C15) &>> 60)
        let known = histories[slot]
        if known.word == history.word, known.published.epoch == epoch { return TextID(rawValue: known.published.id) }
        scratch.removeAll(keepingCapacity: true)
        history.write(into: &scratch)
        let id = scratch.isEmpty ? TextID(rawValue: 0) : texts.intern(scratch.span, 0..<scratch.count)
        histories[slot] = (history.word, Published(epoch: epoch, id: id.rawValue))
        return id
    }

    /// Begins to re-collect: returns the old texts; every holder then asks `keep` for its new text.
    mutating func beginCollection() -> TextTable {
        let old = live
        live = TextTable()
        published.removeAll(keepingCapacity: true)
        memo.removeAll()
        return old
    }

    mutating func keep(_ text: inout LiveText, from old: TextTable) {
        guard !text.isNone else { return }
        text.number = live.adopt(TextID(rawValue: text.number), of: old).rawValue
    }

    mutating func endCollection() { collectAt = max(Self.collectionMinimum, live.byteCount * 2) }
}
