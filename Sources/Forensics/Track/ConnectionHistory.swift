/// Zeek's history letters in one word: five bits a letter, twelve letters, the count in the top four bits.
///
/// Upper case is the originator, lower case the responder; `^` says that the roles were turned round.
struct ConnectionHistory {
    enum Letter: UInt8 {
        case syn = 1, synACK, ack, data, fin, reset, badChecksum, gap, retransmission, zeroWindow, inconsistent
        case multiFlag, flipped
    }

    static let capacity = 12
    private(set) var word: UInt64 = 0

    @inline(__always)
    var count: Int { Int(truncatingIfNeeded: word &>> 60) }
    @inline(__always)
    var isFull: Bool { count == Self.capacity }

    /// Adds a letter; ignored when full.
    @inline(__always)
    mutating func append(_ letter: Letter, direction: Int) {
        let count = UInt64(truncatingIfNeeded: count)
        guard count < 12 else { return }
        let upper: UInt64 = direction == 0 && letter != .flipped ? 16 : 0
        word |= (UInt64(letter.rawValue) | upper) &<< (count &* 5)
        word &+= 1 &<< 60
    }

    func hasSYN(_ direction: Int) -> Bool { has(.syn, direction) || has(.synACK, direction) }
    func hasFIN(_ direction: Int) -> Bool { has(.fin, direction) }
    func hasReset(_ direction: Int) -> Bool { has(.reset, direction) }

    private func has(_ letter: Letter, _ direction: Int) -> Bool {
        let wanted = UInt64(letter.rawValue) | (direction == 0 ? 16 : 0)
        for place in 0..<count where word &>> UInt64(place * 5) & 31 == wanted { return true }
        return false
    }

    /// Exchanges the directions of the letters.
    mutating func flip() {
        for place in 0..<count {
            let shift = UInt64(place * 5)
            if word &>> shift & 15 != UInt64(Letter.flipped.rawValue) { word ^= 16 &<< shift }
        }
    }

    /// Whether the originator's SYN was followed by its reset and by none of its H, A, F, G, I, Q before that:
    /// Zeek's pattern for RSTOS0.
    var isUnansweredReset: Bool {
        var sawSYN = false
        for place in 0..<count {
            let code = word &>> UInt64(place * 5) & 31
            if code == UInt64(Letter.flipped.rawValue), place == 0 { continue }
            guard sawSYN else {
                if code != UInt64(Letter.syn.rawValue) | 16 { return false }
                sawSYN = true
                continue
            }
            switch Letter(rawValue: UInt8(code & 15)) {
            case .reset where code & 16 != 0: return true
            case .synACK where code & 16 != 0, .ack where code & 16 != 0, .fin where code & 16 != 0,
                .gap where code & 16 != 0, .inconsistent where code & 16 != 0, .multiFlag where code & 16 != 0:
                return false
            default: continue
            }
        }
        return false
    }

    /// Appends the letters as text.
    func write(into text: inout [UInt8]) {
        for place in 0..<count {
            let code = word &>> UInt64(place * 5) & 31
            let letter = Self.letters[Int(code & 15)]
            text.append(code & 16 != 0 ? letter & 0xDF : letter)
        }
    }

    private static let letters: [UInt8] = Array("?shadfrcgtwiq^??".utf8)
}
