import ForensicsDecode
import ForensicsModel

/// What makes fragments parts of one datagram. RFC 791, section 3.2; RFC 8200, section 4.5.
struct FragmentKey: Hashable {
    var source: IPAddress
    var destination: IPAddress
    /// Identification, protocol (IPv4 alone), label and tunnel depth.
    var identification: UInt32
    var rest: UInt32

    init(_ packet: Packet, _ place: FragmentPlace) {
        source = packet.source
        destination = packet.destination
        identification = place.identification
        let isV6 = packet.attributes.contains(.ipv6)
        rest = UInt32(packet.label) << 16 | UInt32(place.depth) << 8 | (isV6 ? 0 : UInt32(place.nextHeader))
    }
}

/// The parts of one datagram that have come so far.
struct FragmentedDatagram {
    /// A part that was kept: it does not overlap with others.
    private struct Piece {
        var offset: Int
        var length: Int
        /// Where its captured bytes begin in `bytes`, and how many there are.
        var start: Int
        var captured: Int
    }

    let key: FragmentKey
    let first: Timestamp
    let number: UInt64
    private(set) var bytes: [UInt8] = []
    /// By offset.
    private var pieces: [Piece] = []
    private var covered = 0
    /// The length of the whole, once the last fragment has come.
    private var total: Int?
    private var firstPlace: FragmentPlace?
    /// The packets whose fragments brought something, where the table keeps them.
    private(set) var members: [FactID] = []

    /// Whether the last fragment has come.
    var isEnded: Bool { total != nil }

    /// The memory that the datagram is charged with: captured bytes, and what keeps account of each part.
    var weight: Int { bytes.count + pieces.count * MemoryLayout<Piece>.stride }

    init(key: FragmentKey, first: Timestamp, number: UInt64) {
        self.key = key
        self.first = first
        self.number = number
    }

    /// Notes the packets that a fragment came in: one, or several where it lay in a datagram that came in fragments itself.
    ///
    /// No more than 65,536: further ones are left out.
    mutating func note(_ packets: [FactID]) {
        members.append(contentsOf: packets.prefix(Self.memberLimit - members.count))
    }

    /// Far more than a datagram has places for fragments.
    private static let memberLimit = 65_536

    /// Keeps the bytes of a fragment that no earlier one brought; returns whether it contradicts an earlier one.
    ///
    /// A fragment that repeats an earlier one byte for byte, as captures on two interfaces have, does not.
    mutating func add(_ place: FragmentPlace, length: Int, _ source: Span<UInt8>, _ captured: Range<Int>) -> Bool {
        let end = Int(place.offset) + length
        if place.offset == 0, firstPlace == nil { firstPlace = place }
        var contradicts = false
        if !place.moreFollow {
            if let total, total != end { contradicts = true } else { total = end }
        }
        if repeats(Int(place.offset), length, source, captured) { return contradicts }
        var index = firstPiece(endingAfter: Int(place.offset))
        var position = Int(place.offset)
        while position < end {
            let next = index < pieces.count ? min(end, pieces[index].offset) : end
            if next > position {
                insert(at: index, position..<next, Int(place.offset), source, captured)
                index += 1
            }
            guard index < pieces.count, pieces[index].offset < end else { break }
            contradicts = true
            position = max(next, pieces[index].offset + pieces[index].length)
            index += 1
        }
        return contradicts
    }

    /// Returns the datagram if no part is missing: the bytes up to the first that was not captured, the true length.
    func whole() -> (bytes: [UInt8], length: Int, place: FragmentPlace)? {
        guard let total, covered >= total, let firstPlace else { return nil }
        var joined: [UInt8] = []
        joined.reserveCapacity(total)
        for piece in pieces where joined.count < total {
            joined.append(contentsOf: bytes[piece.start..<(piece.start + piece.captured)])
            if piece.captured < piece.length { break }
        }
        if joined.count > total { joined.removeLast(joined.count - total) }
        return (joined, total, firstPlace)
    }

    private func firstPiece(endingAfter offset: Int) -> Int {
        var low = 0
        var high = pieces.count
        while low < high {
            let middle = (low + high) / 2
            if pieces[middle].offset + pieces[middle].length <= offset { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func insert(
        at index: Int, _ part: Range<Int>, _ offset: Int, _ source: Span<UInt8>, _ captured: Range<Int>
    ) {
        let start = bytes.count
        let from = min(captured.lowerBound + part.lowerBound - offset, captured.upperBound)
        let to = min(captured.lowerBound + part.upperBound - offset, captured.upperBound)
        for place in from..<to { bytes.append(source[place]) }
        pieces.insert(Piece(offset: part.lowerBound, length: part.count, start: start, captured: to - from), at: index)
        covered += part.count
    }

    private func repeats(_ offset: Int, _ length: Int, _ source: Span<UInt8>, _ captured: Range<Int>) -> Bool {
        let index = firstPiece(endingAfter: offset)
        guard index < pieces.count, pieces[index].offset == offset, pieces[index].length == length,
            pieces[index].captured == captured.count
        else { return false }
        for place in captured where bytes[pieces[index].start + place - captured.lowerBound] != source[place] {
            return false
        }
        return true
    }
}
