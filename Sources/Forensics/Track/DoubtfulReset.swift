/// A reset whose number is not the one that its receiver expects, who answers it and goes on. RFC 9293, section 3.10.7.4.
///
/// The packets that lead up to its number may have been lost to the capture: it is the end if its sender says nothing more.
struct DoubtfulReset {
    var time: Int64
    var sequence: UInt32
    /// How many packets its sender had sent by then.
    var packets: UInt32
    var hasACK: Bool
    /// Who sent it: 0 originator, 1 responder.
    var side: Int

    /// Whether nothing of its sender came after it, or just what leads up to it.
    func isLast(of half: FlowHalf) -> Bool { half.packets == packets || half.next == sequence }
}
