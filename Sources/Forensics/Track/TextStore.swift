import ForensicsModel

/// A text of a shard's store: not an id of a batch, which `TextID` is.
struct LiveText {
    var number: UInt32 = 0
    static let none = LiveText()
    @inline(__always)
    var isNone: Bool { number == 0 }
}

/// What a path's template left out, in texts of the store.
enum LiveArgument {
    case none
    case number(Int64)
    case text(LiveText)
    case whole(LiveText)
}

/// The texts that open connections and requests of one tracker's shards keep until they are given out.
///
/// One for all shards of a tracker: hosts, agents and clients are the same in each, so that a text is kept, looked up and
/// published once and not once a shard. What a shard keeps of it is a number; no fact depends on whose store it is.
///
/// All is kept in one value, entered once a call: each access to a property of a class is checked for overlapping ones.
final class TextStore {
    private var texts = LiveTexts()

    /// The bytes of one text.
    func byteCount(of text: LiveText) -> Int { texts.byteCount(of: text) }
    /// Whether it is time to re-collect what is still held.
    var isCollectionDue: Bool { texts.isCollectionDue }

    /// Returns a text, cut to `limit` bytes; none for an empty range.
    ///
    /// Not inlined: five copies of it push other code out of the processor's cache.
    @inline(never)
    func intern(_ bytes: Span<UInt8>, _ range: Range<Int>, limit: Int) -> LiveText {
        texts.intern(bytes, range, limit: limit)
    }

    func intern(_ text: [UInt8]) -> LiveText { texts.intern(text) }

    /// Returns the template of a path and what it left out.
    func split(_ bytes: Span<UInt8>, path: Range<Int>) -> (template: LiveText, argument: LiveArgument) {
        texts.split(bytes, path: path)
    }

    /// The bytes of a text.
    func bytes(_ text: LiveText) -> [UInt8] { texts.bytes(text) }

    /// Calls a closure with the bytes that hold a text, and its place among them.
    @inline(__always)
    func read<Result>(_ text: LiveText, _ body: (Span<UInt8>, Range<Int>) -> Result) -> Result {
        texts.read(text, body)
    }

    /// Returns the text's id in the batch being filled.
    func publish(_ text: LiveText, _ epoch: UInt32, _ batch: inout TextTable) -> TextID {
        texts.publish(text, epoch, &batch)
    }

    /// Returns the id of a history's letters in the batch being filled.
    func publish(_ history: ConnectionHistory, _ epoch: UInt32, _ batch: inout TextTable) -> TextID {
        texts.publish(history, epoch, &batch)
    }

    /// Begins to re-collect: returns the old texts; every holder then asks `keep` for its new text.
    func beginCollection() -> TextTable { texts.beginCollection() }

    func keep(_ text: inout LiveText, from old: TextTable) { texts.keep(&text, from: old) }

    func endCollection() { texts.endCollection() }
}
