/// One health check of a target, seen as packets or told by a health-check log.
package struct HealthCheck: Sendable {
    /// How the target was asked. The raw value is stored: values are only ever added.
    package enum Probe: UInt8, Sendable, CaseIterable {
        case http = 0
        case tcp, udp, log

        /// The name in the case file.
        package var name: String {
            switch self {
            case .http: "http"
            case .tcp: "tcp"
            case .udp: "udp"
            case .log: "log"
            }
        }
    }

    /// What became of it. The raw value is stored: values are only ever added.
    package enum Outcome: UInt8, Sendable, CaseIterable {
        case success = 0
        case failure, timeout

        /// The name in the case file.
        package var name: String {
            switch self {
            case .success: "success"
            case .failure: "failure"
            case .timeout: "timeout"
            }
        }
    }

    package var id: FactID
    package var offset: UInt64
    package var kind: EvidenceKind
    package var probe: Probe
    package var outcome: Outcome
    /// When the check began.
    package var time: Timestamp
    package var loadBalancer: TextID = .none
    package var targetGroup: TextID = .none
    package var node: TextID = .none
    /// Where the check came from; unspecified for logs that do not tell.
    package var checker: IPAddress = .unspecified
    package var target: Endpoint?
    /// The target where it is no address: a Lambda ARN.
    package var targetName: TextID = .none
    package var status: UInt16?
    /// Nanoseconds.
    package var latency: Int64?
    package var reason: TextID = .none
    package var weight: UInt32 = 1

    package init(
        id: FactID, offset: UInt64, kind: EvidenceKind, probe: Probe, outcome: Outcome, time: Timestamp
    ) {
        self.id = id
        self.offset = offset
        self.kind = kind
        self.probe = probe
        self.outcome = outcome
        self.time = time
    }
}
