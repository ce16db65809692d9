/// The step that mixes words into the hash of a table's key or of a flow.
extension UInt64 {
    /// Both halves of the whole product with another word, in one word: every bit of the two acts on most of its bits.
    ///
    /// A multiplication and an exclusive or wherever it is used: public for the reason that `Span.littleEndianWord(at:)` is.
    @inlinable
    @inline(__always)
    public func foldedProduct(with other: UInt64) -> UInt64 {
        let product = multipliedFullWidth(by: other)
        return product.high ^ product.low
    }
}
