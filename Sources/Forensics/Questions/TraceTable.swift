package import ForensicsModel
package import ForensicsStore

/// Connections by the log's ids of them: when their first and last request were, as seen around each of two windows. Of more than there
/// is room for the shortest make way, to half of it; one that goes on begins anew.
package struct TraceTable {
    /// The parts of time that are told apart.
    static let sides = 2

    package struct Piece {
        /// 0 for a request that names no connection: it stands for one alone.
        package let key: UInt64
        /// Of its first record.
        var id: FactID
        /// Index of the client of the first record.
        package var client: UInt32
        var isUpgraded: Bool
        /// By side; the end lies before the start where the side saw nothing.
        package var start = InlineArray<2, Timestamp>(repeating: Timestamp(nanoseconds: .max))
        package var end = InlineArray<2, Timestamp>(repeating: Timestamp(nanoseconds: .min))

        /// How long it lasted, as the side saw it that saw more of it.
        fileprivate var length: Int64 {
            max(0, max(end[0].since(start[0]), end[1].since(start[1])))
        }
    }

    package private(set) var pieces: [Piece] = []
    /// Connections that made way.
    package private(set) var refused: Int64 = 0
    /// Index of a piece + 1, or 0.
    private var slots = [UInt32](repeating: 0, count: 1 << 12)
    private let limit: Int

    /// - Parameter limit: connections at most, below 2³¹.
    package init(limit: Int) { self.limit = limit }

    /// Adds requests to the connections that they name, which are looked for several at once: each is somewhere else in
    /// memory, and one does not wait for the other.
    ///
    /// - Parameter isSeen: on which sides a request counts; on none, it is left out.
    package mutating func add(_ requests: [TracedRequest], isSeen: (TracedRequest) -> InlineArray<2, Bool>) {
        var found = InlineArray<16, UInt32>(repeating: 0)
        var first = 0
        while first < requests.count {
            if pieces.count + found.count > limit { makeRoom() }
            let count = min(found.count, requests.count - first)
            for place in 0..<count {
                found[place] = requests[first + place].key.map { slots[slot($0)] } ?? 0
            }
            for place in 0..<count where found[place] != 0 {
                if pieces[Int(found[place]) - 1].key != requests[first + place].key { found[place] = 0 }
            }
            for place in 0..<count {
                let sides = isSeen(requests[first + place])
                guard sides[0] || sides[1] else { continue }
                add(requests[first + place], isSeen: sides, known: found[place])
            }
            first += count
        }
    }

    /// - Parameter known: index of the connection's piece + 1, or 0 where it is to be looked for.
    private mutating func add(_ request: TracedRequest, isSeen: InlineArray<2, Bool>, known: UInt32) {
        let index = known == 0 ? place(request) : Int(known) - 1
        if request.id < pieces[index].id {
            pieces[index].id = request.id
            pieces[index].client = request.client
        }
        if request.isUpgraded { pieces[index].isUpgraded = true }
        for side in 0..<Self.sides where isSeen[side] {
            pieces[index].start[side] = min(pieces[index].start[side], request.start)
            pieces[index].end[side] = max(pieces[index].end[side], request.end)
        }
    }

    /// The place of a request's connection, a new one if it is not known.
    private mutating func place(_ request: TracedRequest) -> Int {
        var free: Int?
        if let key = request.key {
            var slot = slot(key)
            while slots[slot] != 0 {
                let index = Int(slots[slot]) - 1
                if pieces[index].key == key { return index }
                slot = (slot + 1) & (slots.count - 1)
            }
            free = slot
        }
        pieces.append(
            Piece(key: request.key ?? 0, id: request.id, client: request.client, isUpgraded: request.isUpgraded))
        if let free { slots[free] = UInt32(pieces.count) }
        if pieces.count * 2 > slots.count { grow() }
        return pieces.count - 1
    }

    /// Ids are random; multiplying spreads those of hostile evidence that differ in their low bits alone.
    private func slot(_ key: UInt64) -> Int {
        Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32) & (slots.count - 1)
    }

    /// Keeps the longer half of the connections, in their order; of equal ones the latest, which may go on.
    private mutating func makeRoom() {
        let order = RadixOrder.order(pieces.map { UInt64(clamping: $0.length) })
        let left = pieces.count - limit / 2
        var isKept = [Bool](repeating: true, count: pieces.count)
        for place in order.prefix(left) { isKept[Int(place)] = false }
        var kept = 0
        for index in pieces.indices where isKept[index] {
            pieces[kept] = pieces[index]
            kept += 1
        }
        pieces.removeLast(pieces.count - kept)
        refused += Int64(left)
        fillSlots(slots.count)
    }

    private mutating func grow() { fillSlots(slots.count * 2) }

    private mutating func fillSlots(_ count: Int) {
        slots = [UInt32](repeating: 0, count: count)
        for index in pieces.indices where pieces[index].key != 0 {
            var slot = slot(pieces[index].key)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt32(index + 1)
        }
    }
}
