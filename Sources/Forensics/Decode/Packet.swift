package import ForensicsModel

/// One decoded packet: the innermost flow it belongs to and where its payload lies.
///
/// A flat value; the bytes stay in the batch's buffer. Lengths are true lengths (from the IP header), so a packet
/// cut by the snap length counts in full. Absent options have the values named here.
package struct Packet: Sendable {
    package var time: Timestamp
    /// The record's first byte in the decoded stream of its source.
    package var offset: UInt64
    /// The number of the packet in its source, from 1.
    package var record: UInt32
    /// Of an ICMP echo its identifier, in both ports, so that request and reply are one flow; of other ICMP messages
    /// the type here and the code in `destinationPort`.
    package var sourcePort: UInt16 = 0
    package var destinationPort: UInt16 = 0
    package var source: IPAddress = .unspecified
    package var destination: IPAddress = .unspecified
    /// Where the transport payload begins in the batch's buffer; of a fragment, the IP payload.
    package var payloadPosition: Int32 = 0
    /// How many payload bytes were captured.
    package var payloadCaptured: Int32 = 0
    /// The payload's true length on the wire.
    package var payloadLength: Int32 = 0
    package var sequence: UInt32 = 0
    package var acknowledgment: UInt32 = 0
    package var window: UInt16 = 0
    package var tcpFlags = TCPFlags(rawValue: 0)
    /// IPv4 identification; 0 for IPv6.
    package var ipID: UInt16 = 0
    /// TCP maximum segment size option; 0 if absent.
    package var maximumSegment: UInt16 = 0
    package var transport: TransportProtocol = .other
    /// TTL or hop limit of the innermost IP header.
    package var ttl: UInt8 = 0
    /// TCP window scale option; 255 if absent.
    package var windowScale: UInt8 = 255
    /// pcapng epb_flags direction or cooked packet type: 0 unknown, 1 inbound, 2 outbound. Of packets inside GENEVE without
    /// one, 1 and 2 tell the two orders of the outer addresses apart.
    package var captureDirection: UInt8 = 0
    package var interface: UInt16 = 0
    /// Tells apart flows that share addresses but not a network: a fold of the VXLAN or GENEVE network identifiers and
    /// the GWLB endpoint; 0 for none. VLAN tags, MPLS labels and GRE keys may differ between the directions of one
    /// connection, so they are left out, and so are outer addresses.
    package var label: UInt16 = 0
    /// Bit set of `Anomaly` raw values met while decoding.
    package var anomalies: UInt64 = 0
    /// Index into the batch's `tunnels`, or -1.
    package var tunnel: Int32 = -1
    /// Index into the batch's `icmpErrors`, or -1.
    package var icmpError: Int32 = -1
    package var attributes = PacketAttributes(rawValue: 0)

    package init(time: Timestamp, offset: UInt64, record: UInt32) {
        self.time = time
        self.offset = offset
        self.record = record
    }

    /// Marks the packet with an irregularity; noting one twice changes nothing.
    @inline(__always)
    package mutating func note(_ anomaly: Anomaly) { anomalies |= 1 << UInt64(anomaly.rawValue) }
}

/// Yes-or-no facts of a packet.
package struct PacketAttributes: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    @inline(__always)
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The innermost network header is that of IPv6.
    package static let ipv6 = PacketAttributes(rawValue: 1)
    /// A TCP selective acknowledgment option with at least one block.
    package static let sack = PacketAttributes(rawValue: 2)
    /// A fragment other than the first: it has no transport header of its own.
    package static let laterFragment = PacketAttributes(rawValue: 4)
    /// The first fragment of a datagram whose rest follows.
    package static let firstFragment = PacketAttributes(rawValue: 8)
    /// No IP packet was found: ARP, STP, an unknown EtherType. Counted, never tracked.
    package static let nonIP = PacketAttributes(rawValue: 16)
    /// The transport header was not captured whole: flags and sequence are not to be used.
    package static let noTransport = PacketAttributes(rawValue: 32)
    /// Inside a mirror's VXLAN: cut packets and bad checksums are the mirror's doing.
    package static let mirrored = PacketAttributes(rawValue: 64)
}

/// What the outer headers of a tunnelled packet say, kept as evidence.
package struct TunnelEvidence: Sendable, Equatable {
    /// How the packet was wrapped. RFC 7348, RFC 8926, RFC 2784, RFC 2003, RFC 3032.
    package enum Kind: UInt8, Sendable {
        case vxlan, geneve, gre, ipInIP, mpls
    }

    package var kind: Kind
    /// Who wrapped it.
    package var outerSource: IPAddress = .unspecified
    /// Who is to unwrap it.
    package var outerDestination: IPAddress = .unspecified
    /// VNI, GRE key or MPLS label.
    package var identifier: UInt32 = 0
    /// AWS GENEVE option 0x0108/1: the GWLB endpoint's ENI id; 0 if absent.
    package var gatewayEndpoint: UInt64 = 0
    /// AWS GENEVE option 0x0108/2; 0 if absent.
    package var attachment: UInt64 = 0
    /// AWS GENEVE option 0x0108/3; 0 if absent.
    package var flowCookie: UInt32 = 0

    package init(kind: Kind) { self.kind = kind }
}

/// An ICMP or ICMPv6 error and the packet it quotes.
package struct ICMPError: Sendable {
    package var type: UInt8
    package var code: UInt8
    /// Who sent the error.
    package var reporter: IPAddress
    /// Source and destination of the quoted packet, as quoted.
    package var quotedSource: Endpoint
    package var quotedDestination: Endpoint
    package var quotedTransport: TransportProtocol
    /// The next hop's MTU in "fragmentation needed" and "packet too big"; 0 otherwise. RFC 1191, RFC 8201.
    package var nextHopMTU: UInt32 = 0

    package init(
        type: UInt8, code: UInt8, reporter: IPAddress, quotedSource: Endpoint, quotedDestination: Endpoint,
        quotedTransport: TransportProtocol
    ) {
        self.type = type
        self.code = code
        self.reporter = reporter
        self.quotedSource = quotedSource
        self.quotedDestination = quotedDestination
        self.quotedTransport = quotedTransport
    }
}

/// Where a fragment belongs in its datagram.
///
/// The fragment's bytes are the packet's payload. RFC 791, section 3.1; RFC 8200, section 4.5.
package struct FragmentPlace: Sendable {
    /// Index into the batch's `packets`.
    package var packet: Int32
    /// The first byte's place in the datagram's payload.
    package var offset: Int32
    /// IPv4's identification of 16 bits or IPv6's of 32.
    package var identification: UInt32
    /// The flag MF (IPv4) or M (IPv6): this is not the last fragment.
    package var moreFollow: Bool
    /// The protocol number that the IP header, or the fragment header, names.
    package var nextHeader: UInt8
    /// How many tunnels lie around the fragment.
    package var depth: UInt8

    package init(
        packet: Int32, offset: Int32, identification: UInt32, moreFollow: Bool, nextHeader: UInt8, depth: UInt8
    ) {
        self.packet = packet
        self.offset = offset
        self.identification = identification
        self.moreFollow = moreFollow
        self.nextHeader = nextHeader
        self.depth = depth
    }
}

/// A few thousand decoded packets and the buffer that holds their bytes.
package struct PacketBatch: Sendable {
    package var bytes: [UInt8] = []
    package var packets: [Packet] = []
    package var tunnels: [TunnelEvidence] = []
    package var icmpErrors: [ICMPError] = []
    /// One for each packet that is a fragment, in the order of the packets.
    package var fragments: [FragmentPlace] = []
    /// Records that could not be used, met while this batch was read or decoded; at most `rejectLimit` of the latter.
    package var rejects: [Reject] = []
    /// The ordinal of the source that the packets come from.
    package var source: UInt32 = 0

    /// Rejects of decoding that a batch keeps.
    package static let rejectLimit = 64

    package init() {}
}
