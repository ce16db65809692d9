/// One element of a DER encoding: its tag and where its content lies. ITU-T X.690, section 8.1.
struct DERElement {
    var tag: UInt8
    var content: Range<Int>

    /// Reads the element at the start of the range; `nil` if it does not fit. Lengths have at most three bytes, tags
    /// one: what certificates use.
    init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        guard range.count >= 2 else { return nil }
        tag = bytes[range.lowerBound]
        var start = range.lowerBound + 2
        var length = Int(bytes[range.lowerBound + 1])
        if length >= 0x80 {
            let count = length & 0x7F
            guard count >= 1, count <= 3, range.upperBound - start >= count else { return nil }
            length = 0
            for index in start..<(start + count) { length = length << 8 | Int(bytes[index]) }
            start += count
        }
        guard length <= range.upperBound - start else { return nil }
        content = start..<(start + length)
    }

    /// Reads the next element and moves the start of the range past it.
    static func next(_ bytes: Span<UInt8>, _ rest: inout Range<Int>) -> DERElement? {
        guard let element = DERElement(bytes, rest) else { return nil }
        rest = element.content.upperBound..<rest.upperBound
        return element
    }
}
