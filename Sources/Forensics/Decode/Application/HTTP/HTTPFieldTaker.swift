/// A head that takes what its header lines say.
///
/// How the lines are walked, and what they say of framing, is the same for requests and answers: whoever reads the two
/// differently can be made to see other messages than their ends do.
protocol HTTPFieldTaker {
    var headerCount: UInt16 { get set }
    var contentLength: Int64? { get set }
    var flags: HTTPHeadFlags { get set }

    /// Keeps what a field says of the message or of its framing.
    mutating func take(_ field: HTTPField, _ bytes: Span<UInt8>, _ value: Range<Int>, _ framing: inout HTTPFraming)
}

extension HTTPFieldTaker {
    /// Reads all header lines of a head that lies in `range`, from where the scanner stands.
    @inline(__always)
    mutating func readFields(
        _ bytes: Span<UInt8>, _ first: HTTPFieldScanner, _ range: Range<Int>
    ) -> HeadResult {
        var scanner = first
        var framing = HTTPFraming()
        var step = HTTPFieldScanner.Step.field
        while true {
            step = scanner.next(bytes)
            guard step == .field else { break }
            headerCount &+= headerCount == .max ? 0 : 1
            let field = HTTPField.identify(bytes, scanner.name)
            if field != .other { take(field, bytes, scanner.value, &framing) }
        }
        contentLength = framing.contentLength
        flags.formUnion(framing.finished())
        flags.formUnion(scanner.flags)
        if flags.contains(.badLength) {
            contentLength = nil
            return .malformed
        }
        return step == .endOfHead ? .complete(length: scanner.position &- range.lowerBound) : .incomplete
    }
}
