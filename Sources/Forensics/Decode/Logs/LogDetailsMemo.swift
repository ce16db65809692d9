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
            return Int(truncatingIfNeeded: (hash ^ hash &>> 29) &>> 24) & (LogDetailsMemo.slotCount - 1)
        }
    }

    private struct Slot {
        var key = Key()
        var id = TextID.none
        /// The batch that it is of.
        var batch: UInt32 = 0
    }

    /// Some hundred combinations of certificates, protocols and listeners are usual: few of them meet in one slot.
    private static let slotCount = 4096

    private var slots = [Slot](repeating: Slot(), count: slotCount)
    private var batch: UInt32 = 1

    /// Forgets everything: the batch is another now.
    mutating func removeAll() {
        let (next, isAround) = batch.addingReportingOverflow(1)
        if isAround { for index in slots.indices { slots[index].batch = 0 } }
        batch = max(next, 1)
    }

    subscript(key: Key) -> TextID? {
        get {
            let slot = key.slot
            return slots[slot].batch == batch && slots[slot].key == key ? slots[slot].id : nil
        }
        set {
            guard let newValue else { return }
            slots[key.slot] = Slot(key: key, id: newValue, batch: batch)
        }
    }
}
