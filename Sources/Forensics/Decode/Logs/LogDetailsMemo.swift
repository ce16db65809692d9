import ForensicsModel

/// Remembers the details that combinations of texts of this batch were written as; see `LogTextMemo`.
struct LogDetailsMemo: Sendable {
    /// The ids of up to eight texts.
    struct Key: Equatable, Sendable {
        private var words = InlineArray<4, UInt64>(repeating: 0)
        private var count = 0

        @inline(__always)
        mutating func add(_ id: TextID) {
            words[count &>> 1] |= UInt64(id.rawValue) &<< UInt64(count & 1 == 0 ? 0 : 32)
            count &+= 1
        }

        static func == (left: Key, right: Key) -> Bool {
            left.words[0] == right.words[0] && left.words[1] == right.words[1] && left.words[2] == right.words[2]
                && left.words[3] == right.words[3]
        }

        @inline(__always)
        var slot: Int {
            var hash: UInt64 = 0
            for index in 0..<4 { hash = (hash ^ words[index]) &* 0x9E37_79B9_7F4A_7C15 ^ hash &>> 32 }
            return Int(truncatingIfNeeded: (hash ^ hash &>> 29) &>> 24) & 511
        }
    }

    private struct Slot {
        var key = Key()
        var id = TextID.none
        var isUsed = false
    }

    private var slots = [Slot](repeating: Slot(), count: 512)

    mutating func removeAll() { for index in slots.indices { slots[index].isUsed = false } }

    subscript(key: Key) -> TextID? {
        get {
            let slot = slots[key.slot]
            return slot.isUsed && slot.key == key ? slot.id : nil
        }
        set {
            guard let newValue else { return }
            slots[key.slot] = Slot(key: key, id: newValue, isUsed: true)
        }
    }
}
