/// Every check: one line each.
package enum CheckRegistry {
    /// Returns the check of an id.
    package static func check(_ id: CheckID) -> any Check.Type {
        switch id {
        case .synTimeout: SynTimeoutCheck.self
        case .connectionRefused: ConnectionRefusedCheck.self
        case .requestTimeout: RequestTimeoutCheck.self
        case .slowHandshake: SlowHandshakeCheck.self
        case .slowRequest: SlowRequestCheck.self
        case .slowConnection: SlowConnectionCheck.self
        case .longConnection: LongConnectionCheck.self
        case .resetByClient: ResetByClientCheck.self
        case .resetByTarget: ResetByTargetCheck.self
        case .clientErrors: ClientErrorsCheck.self
        case .targetErrors: TargetErrorsCheck.self
        case .loadBalancerErrors: LoadBalancerErrorsCheck.self
        case .targetTimeout: TargetTimeoutCheck.self
        case .zeroWindowStall: ZeroWindowStallCheck.self
        case .retransmissionBurst: RetransmissionBurstCheck.self
        case .redirectLoop: RedirectLoopCheck.self
        case .proxyLoop: ProxyLoopCheck.self
        case .trafficLoop: TrafficLoopCheck.self
        case .hairpin: HairpinCheck.self
        case .idleTimeoutReset: IdleTimeoutResetCheck.self
        case .keepAliveRace: KeepAliveRaceCheck.self
        case .healthCheckFailure: HealthCheckFailureCheck.self
        case .healthCheckTimeout: HealthCheckTimeoutCheck.self
        case .healthFlap: HealthFlapCheck.self
        case .tlsFailure: TLSFailureCheck.self
        case .desync: DesyncCheck.self
        case .wafBlocked: WAFBlockedCheck.self
        case .datalessConnect: DatalessConnectCheck.self
        case .spoofedForwardedFor: SpoofedForwardedForCheck.self
        case .loadBalancerType: LoadBalancerTypeCheck.self
        case .grpcErrors: GRPCErrorsCheck.self
        case .answerCut: AnswerCutCheck.self
        case .idleClose: IdleCloseCheck.self
        case .halfOpen: HalfOpenCheck.self
        case .portScan: PortScanCheck.self
        case .requestAbandoned: RequestAbandonedCheck.self
        case .undispatchedConnection: UndispatchedConnectionCheck.self
        case .targetsReplaced: TargetsReplacedCheck.self
        case .rapidReset: RapidResetCheck.self
        case .packetLoss: PacketLossCheck.self
        case .requestsCancelled: RequestsCancelledCheck.self
        case .connectionLeak: ConnectionLeakCheck.self
        }
    }

    /// The descriptions of all checks, in order.
    package static let all: [CheckDescription] = CheckID.allCases.map { check($0).description }

    /// Returns the description of the check with a name, or `nil`.
    package static func entry(_ name: String) -> CheckDescription? { all.first { $0.name == name } }
}
