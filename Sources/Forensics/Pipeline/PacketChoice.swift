import ForensicsDecode
import ForensicsModel

/// Which packets of a capture are looked at: of one flow in so many, of a stretch of time, of all but some addresses.
///
/// The others are counted as ignored, each by its reason.
struct PacketChoice: Sendable {
    var sample = FlowSample.all
    /// Packets outside of it are out of range; `nil` for all time.
    var window: TimeWindow?
    /// Packets from or to these are left out.
    var ignored: [IPNetwork] = []

    /// Removes what is not looked at before it is decoded.
    func reduce(_ frames: inout FrameBatch, _ tally: inout LedgerTally) {
        if let window {
            frames.frames.removeAll { frame in
                if window.contains(frame.time) { return false }
                tally.ignore(.outOfRange)
                return true
            }
        }
        if sample.rate > 1 { sample.reduce(&frames, &tally) }
    }

    /// Removes packets of addresses that are left out, once datagrams are whole again.
    ///
    /// - Returns: their records.
    @discardableResult
    func reduce(_ batch: inout PacketBatch, _ tally: inout LedgerTally) -> [UInt32] {
        if ignored.isEmpty { return [] }
        var records: [UInt32] = []
        batch.packets.removeAll { packet in
            guard isLeftOut(packet.source) || isLeftOut(packet.destination) else { return false }
            tally.accepted -= 1
            if packet.anomalies != 0 { tally.anomalous -= 1 }
            tally.ignore(.leftOut)
            records.append(packet.record)
            return true
        }
        return records
    }

    private func isLeftOut(_ address: IPAddress) -> Bool { ignored.contains { $0.contains(address) } }
}
