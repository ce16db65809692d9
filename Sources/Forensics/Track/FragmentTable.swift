package import ForensicsDecode
package import ForensicsModel

/// Joins the fragments of IPv4 and IPv6 datagrams.
///
/// Stands between decoding and the choice of a shard: ports are known only when a datagram is whole. Holds at most
/// `entryLimit` datagrams and `byteLimit` bytes, bookkeeping included; past either the oldest datagram is given up, and
/// the packet that needed its place is marked `fragmentTableFull`. A datagram that is not whole 30 s of packet time
/// after its first fragment is given up and counted as `fragmentTimeout`. Bytes that come twice keep their first value;
/// where the fragments do not just repeat each other the packet is marked `fragmentOverlap`. RFC 791, section 3.2;
/// RFC 8200, section 4.5; RFC 5722.
package struct FragmentTable: Sendable {
    /// How long a datagram may wait for its fragments; nanoseconds of packet time. As long as Linux waits (`ipfrag_time`).
    package static let timeout: Int64 = 30 * Timestamp.nanosecondsPerSecond
    /// The longest datagram payload.
    package static let datagramLimit = 65_535

    /// Datagrams that wait at most.
    package let entryLimit: Int
    /// Bytes that they take at most, bookkeeping included.
    package let byteLimit: Int
    /// Datagrams put together so far.
    package private(set) var joined: UInt64 = 0
    /// Datagrams given up because their time was over.
    package private(set) var timedOut: UInt64 = 0
    /// Datagrams given up to make room.
    package private(set) var evicted: UInt64 = 0

    /// A datagram that is whole.
    package struct Joined: Sendable {
        /// Index into the batch's packets: the one that has become the datagram.
        package var packet: Int
        /// The packets that its fragments came in, in the order in which they came.
        package var members: [FactID]
    }

    /// The datagrams that the last batch made whole, where the table keeps them; a datagram that turned out to be a
    /// fragment of another stands before that.
    package private(set) var joinedLast: [Joined] = []
    private let keepsMembers: Bool
    private var datagrams: [FragmentedDatagram?] = []
    private var slots: [FragmentKey: Int] = [:]
    private var free: [Int] = []
    /// The slots in use, oldest first; an entry whose number is not its datagram's is stale.
    private var order: [(slot: Int, number: UInt64)] = []
    private var orderHead = 0
    private var nextNumber: UInt64 = 0
    private var bytesHeld = 0

    /// - Parameter keepsMembers: whether `joinedLast` tells which packets made a datagram whole.
    package init(entryLimit: Int = 1024, byteLimit: Int = 16 << 20, keepsMembers: Bool = false) {
        self.keepsMembers = keepsMembers
        self.entryLimit = max(1, entryLimit)
        self.byteLimit = max(8 * Self.datagramLimit, byteLimit)
    }

    /// How many datagrams wait for fragments.
    package var count: Int { slots.count }

    /// Takes the fragments of a batch and turns each packet that makes a datagram whole into that datagram.
    ///
    /// The bytes of a whole datagram are appended to the batch's buffer. The other fragments stay as they are: packets
    /// with `.firstFragment` or `.laterFragment`, counted and not tracked.
    package mutating func reassemble(_ batch: inout PacketBatch, tally: inout LedgerTally) {
        var index = 0
        let plain = batch.fragments.count
        joinedLast.removeAll()
        // A joined datagram may be a tunnel with a fragment inside, which adds to the list.
        while index < batch.fragments.count {
            let place = batch.fragments[index]
            index += 1
            let packetIndex = Int(place.packet)
            guard packetIndex < batch.packets.count else { continue }
            let packet = batch.packets[packetIndex]
            expire(packet.time, &tally)
            let key = FragmentKey(packet, place)
            let slot = slots[key] ?? insert(key, packet.time)
            let (before, wasEnded) = (datagrams[slot]?.weight, datagrams[slot]?.isEnded)
            var anomalies = add(packet, place, slot, batch.bytes.span)
            // One that repeats others brings nothing, and is left out: a datagram has as many members as parts.
            if keepsMembers, datagrams[slot]?.weight != before || datagrams[slot]?.isEnded != wasEnded {
                let itself = FactID(source: batch.source, record: packet.record)
                let whole = index > plain ? joinedLast.last { $0.packet == packetIndex } : nil
                datagrams[slot]?.note(whole?.members ?? [itself])
            }
            if makeRoom(keeping: slot) { anomalies |= Self.bit(.fragmentTableFull) }
            Self.note(anomalies, &batch.packets[packetIndex], &tally)
            guard let datagram = datagrams[slot], let whole = datagram.whole() else { continue }
            if keepsMembers { joinedLast.append(Joined(packet: packetIndex, members: datagram.members)) }
            remove(slot)
            joined += 1
            let start = batch.bytes.count
            batch.bytes.append(contentsOf: whole.bytes)
            PacketDecoder.decodeReassembled(
                packetIndex, whole.place, payload: start..<batch.bytes.count, length: whole.length, in: &batch,
                tally: &tally)
        }
    }

    private static func bit(_ anomaly: Anomaly) -> UInt64 { 1 << UInt64(anomaly.rawValue) }

    private static func note(_ anomalies: UInt64, _ packet: inout Packet, _ tally: inout LedgerTally) {
        let new = anomalies & ~packet.anomalies
        if new == 0 { return }
        if packet.anomalies == 0 { tally.anomalous += 1 }
        packet.anomalies |= new
        for anomaly in [Anomaly.fragmentOverlap, .fragmentTableFull, .badIPTotalLength] where new & bit(anomaly) != 0 {
            tally.note(anomaly)
        }
    }

    private mutating func add(_ packet: Packet, _ place: FragmentPlace, _ slot: Int, _ bytes: Span<UInt8>) -> UInt64 {
        let offset = Int(place.offset)
        let length = Int(packet.payloadLength)
        // A fragment that more follow has a length of whole eights, or its neighbour could not have a place.
        guard offset + length <= Self.datagramLimit, !place.moreFollow || length % 8 == 0, length > 0 else {
            return Self.bit(.badIPTotalLength)
        }
        let start = Int(packet.payloadPosition)
        let captured = max(0, min(Int(packet.payloadCaptured), length, bytes.count - start))
        let before = datagrams[slot]?.weight ?? 0
        let overlaps = datagrams[slot]?.add(place, length: length, bytes, start..<(start + captured)) ?? false
        bytesHeld += (datagrams[slot]?.weight ?? 0) - before
        return overlaps ? Self.bit(.fragmentOverlap) : 0
    }

    private mutating func insert(_ key: FragmentKey, _ time: Timestamp) -> Int {
        nextNumber += 1
        let datagram = FragmentedDatagram(key: key, first: time, number: nextNumber)
        let slot: Int
        if let reused = free.popLast() {
            slot = reused
            datagrams[slot] = datagram
        } else {
            slot = datagrams.count
            datagrams.append(datagram)
        }
        slots[key] = slot
        order.append((slot, nextNumber))
        return slot
    }

    private mutating func remove(_ slot: Int) {
        guard let datagram = datagrams[slot] else { return }
        bytesHeld -= datagram.weight
        slots[datagram.key] = nil
        datagrams[slot] = nil
        free.append(slot)
        if orderHead > 64, orderHead * 2 > order.count {
            order.removeFirst(orderHead)
            orderHead = 0
        }
    }

    /// Returns the oldest datagram's slot, stepping over what is gone already.
    private mutating func oldest() -> Int? {
        while orderHead < order.count {
            let entry = order[orderHead]
            if datagrams[entry.slot]?.number == entry.number { return entry.slot }
            orderHead += 1
        }
        return nil
    }

    private mutating func expire(_ now: Timestamp, _ tally: inout LedgerTally) {
        while let slot = oldest(), let first = datagrams[slot]?.first, now.since(first) > Self.timeout {
            remove(slot)
            timedOut += 1
            tally.note(.fragmentTimeout)
        }
    }

    /// Gives up the oldest datagrams until both bounds hold; never the one at hand.
    private mutating func makeRoom(keeping kept: Int) -> Bool {
        var madeRoom = false
        while slots.count > entryLimit || bytesHeld > byteLimit, let slot = oldest(), slot != kept {
            remove(slot)
            evicted += 1
            madeRoom = true
        }
        return madeRoom
    }
}
