/// One row of a VPC flow log. Columns that the log's format does not choose are `nil` or `none`.
package struct FlowRecord: Sendable {
    package var id: FactID
    /// The first byte of the row in the decoded stream of its source.
    package var offset: UInt64
    package var version: UInt8?
    package var account: TextID = .none
    package var interface: TextID = .none
    package var source: IPAddress?
    package var destination: IPAddress?
    package var sourcePort: UInt16?
    package var destinationPort: UInt16?
    /// The packet's own addresses (`pkt-srcaddr`, `pkt-dstaddr`).
    package var packetSource: IPAddress?
    package var packetDestination: IPAddress?
    /// IANA protocol number.
    package var ipProtocol: UInt8?
    /// AWS field: `packets`.
    package var packets: UInt64?
    /// AWS field: `bytes`: with headers.
    package var bytes: UInt64?
    package var start: Timestamp?
    package var end: Timestamp?
    package var isReject = false
    package var hasAction = false
    /// OR of FIN 1, SYN 2, RST 4, ACK 16 over the interval.
    package var tcpFlags: UInt8?
    /// `true` for ingress, `false` for egress, `nil` where the format does not tell.
    package var isIngress: Bool?
    package var trafficPath: UInt8?
    package var rejectReason: TextID = .none
    package var vpc: TextID = .none
    package var subnet: TextID = .none
    package var instance: TextID = .none
    package var zone: TextID = .none
    package var sourceService: TextID = .none
    package var destinationService: TextID = .none
    package var interfaceType: TextID = .none
    /// Every further chosen column as `name=value`, separated by spaces, in column order.
    package var extra: TextID = .none

    package init(id: FactID, offset: UInt64) {
        self.id = id
        self.offset = offset
    }
}
