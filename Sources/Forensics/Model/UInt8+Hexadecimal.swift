extension UInt8 {
    /// What an ASCII hexadecimal digit of either case stands for, or `nil` for any other byte.
    ///
    /// Public for the reason that `Span.littleEndianWord(at:)` is.
    @inlinable
    @inline(__always)
    public var hexadecimalDigit: UInt8? {
        switch self {
        case 0x30...0x39: self &- 0x30
        case 0x41...0x46: self &- 0x37
        case 0x61...0x66: self &- 0x57
        default: nil
        }
    }
}
