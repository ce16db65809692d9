import ForensicsModel

/// Finds the end of a chunked body whose bytes come in pieces of any size. RFC 9112, section 7.1.
///
/// A flat value of a few words: it keeps no bytes. Chunk extensions are stepped over, trailer fields too; a line of
/// either may have `lineLimit` bytes and there may be `trailerLimit` trailer lines, else the body is malformed.
package struct HTTPChunkedBody: Sendable {
    private enum Phase: UInt8 {
        case size, extensions, data, dataEnd, trailerStart, trailer, trailerEnd, finished, malformed
    }

    /// Bytes of chunk extensions, or of a trailer line.
    package static let lineLimit: UInt32 = 16_384
    /// Trailer lines.
    package static let trailerLimit: UInt16 = 256

    private var phase: Phase = .size
    private var digits: UInt8 = 0
    private var trailers: UInt16 = 0
    private var lineLength: UInt32 = 0
    /// The chunk size while it is read, then what is left of the chunk's data.
    private var remaining: Int64 = 0
    /// Bytes of content met so far.
    package private(set) var dataLength: Int64 = 0

    package init() {}

    /// Whether the last chunk and the trailer section have come.
    package var isFinished: Bool { phase == .finished }
    /// The framing cannot be followed any more.
    package var isMalformed: Bool { phase == .malformed }

    /// Takes bytes of the body and returns how many belong to it: all of them unless the body ended or is malformed.
    package mutating func consume(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int {
        var index = range.lowerBound
        while index < range.upperBound, phase != .finished, phase != .malformed {
            if phase == .data {
                let taken = min(remaining, Int64(range.upperBound - index))
                takeData(taken)
                index += Int(taken)
            } else {
                step(bytes[index])
                index += 1
            }
        }
        return index - range.lowerBound
    }

    /// Steps over bytes that were not captured; returns false, and gives up, unless all of them are chunk data.
    package mutating func skip(_ count: Int) -> Bool {
        guard count >= 0, phase == .data, Int64(count) <= remaining else {
            if phase != .finished { phase = .malformed }
            return count == 0
        }
        takeData(Int64(count))
        return true
    }

    private mutating func takeData(_ count: Int64) {
        remaining -= count
        dataLength &+= count
        if remaining == 0 { phase = .dataEnd }
    }

    private mutating func step(_ byte: UInt8) {
        switch phase {
        case .size: stepSize(byte)
        case .extensions: stepLine(byte) { $0.endSizeLine() }
        case .dataEnd:
            if byte == 0x0A { phase = .size } else if byte != 0x0D { phase = .malformed }
        case .trailerStart:
            switch byte {
            case 0x0D: phase = .trailerEnd
            case 0x0A: phase = .finished
            default:
                trailers += 1
                lineLength = 0
                phase = trailers > Self.trailerLimit ? .malformed : .trailer
            }
        case .trailer: stepLine(byte) { $0.phase = .trailerStart }
        case .trailerEnd: phase = byte == 0x0A ? .finished : .malformed
        case .data, .finished, .malformed: break
        }
    }

    private mutating func stepLine(_ byte: UInt8, atEnd: (inout HTTPChunkedBody) -> Void) {
        lineLength += 1
        if byte == 0x0A { atEnd(&self) } else if lineLength > Self.lineLimit { phase = .malformed }
    }

    private mutating func stepSize(_ byte: UInt8) {
        if let digit = byte.hexadecimalDigit {
            guard digits < 15 else {
                phase = .malformed
                return
            }
            remaining = remaining << 4 | Int64(digit)
            digits += 1
            return
        }
        switch byte {
        case 0x0A: endSizeLine()
        case 0x0D, 0x20, 0x09, 0x3B:
            lineLength = 0
            phase = digits == 0 ? .malformed : .extensions
        default: phase = .malformed
        }
    }

    private mutating func endSizeLine() {
        guard digits > 0 else {
            phase = .malformed
            return
        }
        digits = 0
        phase = remaining == 0 ? .trailerStart : .data
    }
}
