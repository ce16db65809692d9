/// One component of a path pattern, as shells have it: `*`, `?`, `[a-z]`, `[!a-z]`, and a backslash before a literal.
struct GlobPattern: Sendable {
    private enum Piece {
        case literal(UInt8)
        case any
        case anyRun
        case set([ClosedRange<UInt8>], isNegated: Bool)
    }

    private let pieces: [Piece]
    /// Whether names that begin with a full stop may match: only if the pattern begins with one.
    private let matchesHidden: Bool

    /// Whether a text holds a character that makes it a pattern.
    static func isPattern(_ text: String) -> Bool { text.utf8.contains { $0 == 0x2A || $0 == 0x3F || $0 == 0x5B } }

    init(_ text: String) {
        let bytes = Array(text.utf8)
        var pieces: [Piece] = []
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case 0x2A: pieces.append(.anyRun)
            case 0x3F: pieces.append(.any)
            case 0x5B:
                if let set = Self.set(bytes, &position) { pieces.append(set) } else { pieces.append(.literal(byte)) }
            case 0x5C where position < bytes.count:
                pieces.append(.literal(bytes[position]))
                position += 1
            default: pieces.append(.literal(byte))
            }
        }
        self.pieces = pieces
        matchesHidden = bytes.first == 0x2E
    }

    /// Returns whether a whole name matches.
    ///
    /// - Complexity: O(name · pattern): a star goes back to the last star only.
    func matches(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        if bytes.first == 0x2E, !matchesHidden { return false }
        var piece = 0
        var position = 0
        var star: (piece: Int, position: Int)?
        while position < bytes.count {
            if piece < pieces.count, case .anyRun = pieces[piece] {
                star = (piece, position)
                piece += 1
            } else if piece < pieces.count, Self.accepts(pieces[piece], bytes[position]) {
                piece += 1
                position += 1
            } else if let last = star {
                star = (last.piece, last.position + 1)
                piece = last.piece + 1
                position = last.position + 1
            } else {
                return false
            }
        }
        while piece < pieces.count, case .anyRun = pieces[piece] { piece += 1 }
        return piece == pieces.count
    }

    private static func accepts(_ piece: Piece, _ byte: UInt8) -> Bool {
        switch piece {
        case .literal(let literal): literal == byte
        case .any: true
        case .anyRun: false
        case .set(let ranges, let isNegated): ranges.contains { $0.contains(byte) } != isNegated
        }
    }

    /// Reads a set behind its opening bracket, or returns `nil` and stays if the bracket is never closed.
    private static func set(_ bytes: [UInt8], _ position: inout Int) -> Piece? {
        var next = position
        let isNegated = next < bytes.count && (bytes[next] == 0x21 || bytes[next] == 0x5E)
        if isNegated { next += 1 }
        var ranges: [ClosedRange<UInt8>] = []
        let first = next
        while next < bytes.count, bytes[next] != 0x5D || next == first {
            let low = bytes[next]
            if next + 2 < bytes.count, bytes[next + 1] == 0x2D, bytes[next + 2] != 0x5D {
                if low <= bytes[next + 2] { ranges.append(low...bytes[next + 2]) }
                next += 3
            } else {
                ranges.append(low...low)
                next += 1
            }
        }
        guard next < bytes.count else { return nil }
        position = next + 1
        return .set(ranges, isNegated: isNegated)
    }
}
