/// Folds the variable parts of a request path, so that `/orders/17` and `/orders/18` are one value to rank.
///
/// A segment that is a decimal number, a UUID, or eight or more hexadecimal digits (with at least one decimal digit
/// among them), alone or before a file extension, becomes `{id}`. Wrong where a service numbers things that are not
/// alike (`/v/1`, `/v/2`): they are folded all the same. A path with a brace of its own is never folded.
package enum PathTemplate {
    /// At most this many bytes of a path are looked at; a longer one is kept whole and its template is cut here.
    package static let lengthLimit = 2048

    /// Splits the path in `bytes[range]` (no query string) into its template and what the template left out.
    package static func split(
        _ bytes: Span<UInt8>, _ range: Range<Int>, scratch: inout [UInt8], texts: inout TextTable
    ) -> (template: TextID, argument: PathArgument) {
        guard !range.isEmpty else { return (.none, .none) }
        guard bytes[range.lowerBound] == 0x2F else { return (texts.intern(bytes, range), .none) }
        if range.count > lengthLimit {
            let cut = range.lowerBound..<(range.lowerBound + lengthLimit)
            return (texts.intern(bytes, cut), .whole(texts.intern(bytes, range)))
        }
        var folded = 0..<0
        var foldedCount = 0
        scratch.removeAll(keepingCapacity: true)
        var start = range.lowerBound
        var copied = start
        let end = range.upperBound
        while start < end {
            // `start` is at a slash: the segment runs to the next one.
            var stop = start &+ 1
            var variable = stop
            var kind = SegmentScan()
            while stop < end, bytes[stop] != 0x2F {
                let byte = bytes[stop]
                if byte == 0x7B { return (texts.intern(bytes, range), .none) }
                if kind.take(byte) { variable = stop &+ 1 }
                stop &+= 1
            }
            if kind.isVariable {
                let segment = (start &+ 1)..<variable
                scratch.append(contentsOf: bytes.extracting(copied..<segment.lowerBound))
                scratch.append(contentsOf: placeholder)
                copied = segment.upperBound
                folded = segment
                foldedCount &+= 1
            }
            start = stop
        }
        guard foldedCount > 0 else { return (texts.intern(bytes, range), .none) }
        scratch.append(contentsOf: bytes.extracting(copied..<end))
        let template = texts.intern(scratch.span, 0..<scratch.count)
        if foldedCount > 1 { return (template, .whole(texts.append(bytes, range))) }
        if let number = decimal(bytes, folded) { return (template, .number(number)) }
        return (template, .text(texts.append(bytes, folded)))
    }

    /// `{id}`
    private static let placeholder: [UInt8] = [0x7B, 0x69, 0x64, 0x7D]

    /// Returns the path that `split` was given.
    package static func join(template: String, argument: PathArgument, texts: TextTable) -> String {
        switch argument {
        case .none: template
        case .number(let number): replace(template, String(number))
        case .text(let id): replace(template, texts.string(id) ?? "")
        case .whole(let id): texts.string(id) ?? template
        }
    }

    private static func replace(_ template: String, _ value: String) -> String {
        let parts = template.split(separator: "{id}", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2 ? parts[0] + value + parts[1] : template
    }

    private static func decimal(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int64? {
        guard range.count <= 18, range.count == 1 || bytes[range.lowerBound] != 0x30 else { return nil }
        var value: Int64 = 0
        for index in range {
            let digit = bytes[index] &- 0x30
            if digit > 9 { return nil }
            value = value * 10 + Int64(digit)
        }
        return value
    }

    /// What the bytes of one segment say so far.
    private struct SegmentScan {
        private var length = 0
        private var digits = 0
        private var hex = 0
        private var dashes = 0
        private var other = false
        /// Set at the first dot: what follows is an extension and stays in the template.
        private var ended = false

        /// Takes one byte; returns whether it belongs to the part that may be folded.
        @inline(__always)
        mutating func take(_ byte: UInt8) -> Bool {
            if ended { return false }
            if byte == 0x2E {
                ended = true
                return false
            }
            length &+= 1
            if byte &- 0x30 <= 9 {
                digits &+= 1
            } else if (byte | 0x20) &- 0x61 <= 5 {
                hex &+= 1
            } else if byte == 0x2D {
                dashes &+= 1
            } else {
                other = true
            }
            return true
        }

        var isVariable: Bool {
            if other || length == 0 { return false }
            if digits == length { return true }
            if dashes == 0 { return length >= 8 && digits > 0 }
            return dashes == 4 && length == 36
        }
    }
}
