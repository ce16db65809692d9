/// What a pcapng file says of packets that never came into it: its statistics, and the drop counts of its packets.
package struct CaptureDrops: Sendable, Equatable {
    /// isb_osdrop, over all interfaces.
    package private(set) var system: UInt64 = 0
    /// isb_ifdrop and epb_dropcount, over all interfaces.
    package private(set) var interface: UInt64 = 0
    /// isb_ifrecv of the interfaces that tell.
    package private(set) var received: UInt64 = 0

    package init() {}

    /// Adds up what the interfaces say; sums end at the largest number there is.
    package init(_ interfaces: [CaptureInterface]) {
        for one in interfaces {
            Self.add(one.droppedBySystem, to: &system)
            Self.add(one.dropped, to: &interface)
            Self.add(one.received, to: &received)
        }
    }

    private static func add(_ count: UInt64?, to sum: inout UInt64) {
        let (result, overflow) = sum.addingReportingOverflow(count ?? 0)
        sum = overflow ? .max : result
    }

    /// The drops for the ledger, as the live capture tells its own; `nil` if there are none.
    package var detail: String? {
        var parts: [String] = []
        if system > 0 {
            parts.append("the kernel dropped \(system)" + (received > 0 ? " of \(received) packets" : " packets"))
        }
        if interface > 0 { parts.append("the interface dropped \(interface)") }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }
}
