/// The header of a gzip member, read from the stored bytes. RFC 1952, section 2.3.
///
///     +---+---+---+---+---+---+---+---+---+---+
///     |ID1|ID2|CM |FLG|     MTIME     |XFL|OS |  then extra field, name, comment and header CRC as FLG says
///     +---+---+---+---+---+---+---+---+---+---+
enum GzipHeader {
    enum Outcome: Sendable {
        /// The header was read; what follows is a deflate stream.
        case complete
        /// What is here is no gzip member.
        case notGzip
        /// The file ends inside the header.
        case truncated
    }

    /// Whether bytes begin like a gzip member: its two magic bytes and the one compression method there is.
    static func isMagic(_ bytes: Span<UInt8>) -> Bool {
        bytes.count >= 3 && bytes[0] == 0x1F && bytes[1] == 0x8B && bytes[2] == 8
    }

    /// Reads a member's header and leaves the input at the deflate stream; on `notGzip` nothing is used up.
    static func read(_ input: inout RawInput) -> Outcome {
        let isWhole = input.ensure(10)
        guard input.available >= 2, input.window[input.start] == 0x1F, input.window[input.start + 1] == 0x8B else {
            return .notGzip
        }
        guard isWhole else { return .truncated }
        let flags = input.window[input.start + 3]
        guard input.window[input.start + 2] == 8, flags & 0xE0 == 0 else { return .notGzip }
        input.advance(10)
        if flags & 4 != 0 {
            guard input.ensure(2) else { return .truncated }
            let length = Int(input.window[input.start]) | Int(input.window[input.start + 1]) << 8
            guard input.ensure(2 + length) else { return .truncated }
            input.advance(2 + length)
        }
        if flags & 8 != 0, !skipText(&input) { return .truncated }
        if flags & 16 != 0, !skipText(&input) { return .truncated }
        if flags & 2 != 0 {
            guard input.ensure(2) else { return .truncated }
            input.advance(2)
        }
        return .complete
    }

    /// Returns the length of the header of a member that lies in memory, or `nil` if none lies there whole.
    static func length(_ bytes: [UInt8], _ range: Range<Int>) -> Int? {
        let start = range.lowerBound
        guard range.count >= 10, bytes[start] == 0x1F, bytes[start + 1] == 0x8B, bytes[start + 2] == 8 else {
            return nil
        }
        let flags = bytes[start + 3]
        guard flags & 0xE0 == 0 else { return nil }
        var position = start + 10
        if flags & 4 != 0 {
            guard position + 2 <= range.upperBound else { return nil }
            position += 2 + Int(bytes[position]) + Int(bytes[position + 1]) << 8
        }
        for flag: UInt8 in [8, 16] where flags & flag != 0 {
            while position < range.upperBound, bytes[position] != 0 { position += 1 }
            position += 1
        }
        if flags & 2 != 0 { position += 2 }
        return position <= range.upperBound ? position - start : nil
    }

    private static func skipText(_ input: inout RawInput) -> Bool {
        while input.ensure(1) {
            var length = 0
            while length < input.available, input.window[input.start + length] != 0 { length += 1 }
            let isEnded = length < input.available
            input.advance(isEnded ? length + 1 : length)
            if isEnded { return true }
        }
        return false
    }
}
