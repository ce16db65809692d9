/// An interface of a capture file: what its packets are framed as and how their times are counted.
package struct CaptureInterface: Sendable, Equatable {
    /// The LINKTYPE_ value.
    package var linkType: UInt16
    /// The capture length limit; 0 if there is none.
    package var snapLength: UInt32
    /// The name the capturing host had for it, at most `nameLimit` bytes; `nil` where the file does not tell.
    package var name: String?
    /// The section of the file that declares it, from 0.
    package var section: UInt32
    /// Packets received by the interface, as the file's last statistics say. isb_ifrecv
    package var received: UInt64?
    /// Packets that the interface dropped. isb_ifdrop, or the sum of the packets' own drop counts.
    package var dropped: UInt64?
    /// Packets that the operating system dropped. isb_osdrop
    package var droppedBySystem: UInt64?
    var scale = TimeScale.microseconds

    /// Bytes of a name that are kept.
    package static let nameLimit = 256

    package init(linkType: UInt16, snapLength: UInt32, name: String? = nil, section: UInt32 = 0) {
        self.linkType = linkType
        self.snapLength = snapLength
        self.name = name
        self.section = section
    }
}
