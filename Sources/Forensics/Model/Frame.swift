/// One captured record without its bytes: where it is, when it was taken, how it is framed.
package struct FrameHeader: Sendable {
    /// Where the captured bytes begin in the batch's buffer.
    package var position: Int
    /// How many bytes were captured; never more than the buffer holds.
    package var capturedLength: Int
    /// The length on the wire.
    package var originalLength: Int
    package var time: Timestamp
    /// The number of the packet in its source, from 1.
    package var record: UInt32
    /// The record's first byte in the decoded stream of its source.
    package var offset: UInt64
    /// The LINKTYPE_ value; 65535 for what the file cannot tell.
    package var linkType: UInt16
    /// The interface of the section, counted over the whole file.
    package var interface: UInt16
    /// The direction flag of the capture (pcapng epb_flags): 0 unknown, 1 inbound, 2 outbound.
    package var captureDirection: UInt8
    /// What the file's clock is worth for this record.
    package var clock = FrameClock.sound

    package init(
        position: Int, capturedLength: Int, originalLength: Int, time: Timestamp, record: UInt32, offset: UInt64,
        linkType: UInt16, interface: UInt16, captureDirection: UInt8
    ) {
        self.position = position
        self.capturedLength = capturedLength
        self.originalLength = originalLength
        self.time = time
        self.record = record
        self.offset = offset
        self.linkType = linkType
        self.interface = interface
        self.captureDirection = captureDirection
    }
}

/// What the time of a captured record is worth.
package enum FrameClock: UInt8, Sendable {
    case sound
    /// The record has no time (Simple Packet Block), or none that a capture can have: before 1970, or from 2200 on. It was given
    /// that of the one before it.
    case missing
    /// The time came back by more than a day, from one record that had gone ahead by more than a day.
    case afterJump
    /// The time is more than a second before that of the record before it.
    case steppedBack
}

/// A few thousand captured records and the buffer that holds their bytes.
package struct FrameBatch: Sendable {
    package var bytes: [UInt8] = []
    package var frames: [FrameHeader] = []
    /// Records that could not be used, met while this batch was read.
    package var rejects: [Reject] = []
    /// The ordinal of the source that the frames come from.
    package var source: UInt32 = 0

    package init() {}
}

/// The LINKTYPE_ values that are decoded. IETF draft-ietf-opsawg-pcap, linktypes registry.
package enum LinkType {
    /// BSD loopback: the address family in the byte order of its host.
    package static let null: UInt16 = 0
    /// Ethernet. IEEE 802.3.
    package static let ethernet: UInt16 = 1
    /// Raw IP as some BSDs number it.
    package static let rawBSD: UInt16 = 12
    /// Raw IP as OpenBSD numbers it.
    package static let rawOpenBSD: UInt16 = 14
    /// Raw IP: its first nibble tells the version.
    package static let raw: UInt16 = 101
    /// OpenBSD loopback: the address family in network byte order.
    package static let loop: UInt16 = 108
    /// Linux "cooked" capture, version 1.
    package static let linuxSLL: UInt16 = 113
    /// Raw IPv4.
    package static let ipv4: UInt16 = 228
    /// Raw IPv6.
    package static let ipv6: UInt16 = 229
    /// Linux "cooked" capture, version 2.
    package static let linuxSLL2: UInt16 = 276
}
