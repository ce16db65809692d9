/// The columns of VPC flow logs, versions 2 through 11, in the order of AWS's table.
///
/// AWS, "Flow log records": available fields. Version 6 has no column of its own.
enum VPCFlowColumn {
    static let version = 0
    static let accountID = 1
    static let interfaceID = 2
    static let source = 3
    static let destination = 4
    static let sourcePort = 5
    static let destinationPort = 6
    static let ipProtocol = 7
    static let packets = 8
    static let bytes = 9
    static let start = 10
    static let end = 11
    static let action = 12
    static let logStatus = 13
    static let vpcID = 14
    static let subnetID = 15
    static let instanceID = 16
    static let tcpFlags = 17
    static let type = 18
    static let packetSource = 19
    static let packetDestination = 20
    static let region = 21
    static let zoneID = 22
    static let packetSourceService = 25
    static let packetDestinationService = 26
    static let flowDirection = 27
    static let trafficPath = 28
    static let rejectReason = 39
    static let interfaceType = 48

    /// The columns of the default format.
    static let defaultCount = 14

    static let names: [StaticString] = [
        "version", "account-id", "interface-id", "srcaddr", "dstaddr", "srcport", "dstport", "protocol", "packets",
        "bytes", "start", "end", "action", "log-status",
        "vpc-id", "subnet-id", "instance-id", "tcp-flags", "type", "pkt-srcaddr", "pkt-dstaddr",
        "region", "az-id", "sublocation-type", "sublocation-id",
        "pkt-src-aws-service", "pkt-dst-aws-service", "flow-direction", "traffic-path",
        "ecs-cluster-arn", "ecs-cluster-name", "ecs-container-instance-arn", "ecs-container-instance-id",
        "ecs-container-id", "ecs-second-container-id", "ecs-service-name", "ecs-task-definition-arn", "ecs-task-arn",
        "ecs-task-id", "reject-reason", "resource-id", "encryption-status", "instance-tag", "instance-tag-2",
        "interface-tag", "interface-tag-2", "asg-tag", "asg-tag-2", "interface-type", "next-hop-interface-id",
        "next-hop-subnet-id", "next-hop-az-id", "next-hop-vpc-id", "next-hop-interface-type",
    ]

    /// Whether `FlowRecord` has a place for the column; the others are kept as `name=value`.
    static func isModelled(_ column: Int) -> Bool {
        switch column {
        case version...instanceID, tcpFlags, packetSource, packetDestination, zoneID, packetSourceService,
            packetDestinationService, flowDirection, trafficPath, rejectReason, interfaceType:
            true
        default: false
        }
    }
}
