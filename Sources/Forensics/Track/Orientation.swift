import ForensicsDecode
import ForensicsModel

/// Which side of a new connection its first packet comes from.
struct Orientation {
    var fromOriginator = true
    /// The packet opens the connection, or answers the opening.
    var isStart = false
    var isGuessed = false

    /// The sender of a SYN is the client, that of a SYN-ACK the server; else the lower port is taken for the server's.
    init(_ packet: Packet) {
        guard packet.isTCP else {
            // A datagram from a well-known port to another is an answer.
            if packet.sourcePort < 1024, packet.destinationPort >= 1024, packet.isUDP {
                fromOriginator = false
                isGuessed = true
            }
            return
        }
        if packet.hasSYN {
            isStart = true
            fromOriginator = !packet.hasACK
            return
        }
        isGuessed = true
        fromOriginator = packet.sourcePort >= packet.destinationPort
    }
}
