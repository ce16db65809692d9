/// A walk through the options of a pcapng block. IETF draft-ietf-opsawg-pcapng, section 3.5.
struct PcapNGOptions: Sendable {
    /// One option: its code and where its value lies.
    struct Option: Sendable {
        var code: UInt16
        var value: Range<Int>
    }

    private var position: Int
    private let end: Int
    private let isBig: Bool
    /// Whether an option reached past its block.
    private(set) var isMalformed = false

    init(_ range: Range<Int>, isBig: Bool) {
        position = range.lowerBound
        end = range.upperBound
        self.isBig = isBig
    }

    /// Returns the next option, or `nil` at the end-of-options mark, at the block's end or at damage.
    mutating func next(_ bytes: Span<UInt8>) -> Option? {
        guard end - position >= 4 else { return nil }
        let code = bytes.unsigned16(position, isBig: isBig)
        let length = Int(bytes.unsigned16(position + 2, isBig: isBig))
        if code == 0 { return nil }
        guard end - position - 4 >= length else {
            isMalformed = true
            position = end
            return nil
        }
        let start = position + 4
        position = min(end, start + (length + 3) & ~3)
        return Option(code: code, value: start..<start + length)
    }
}
