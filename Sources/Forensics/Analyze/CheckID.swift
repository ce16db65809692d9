/// The checks, in the order in which they are listed. The raw value stays inside the process: the case file holds
/// names.
package enum CheckID: UInt8, Sendable, CaseIterable {
    case synTimeout = 0
    case connectionRefused, requestTimeout, slowHandshake, slowRequest, slowConnection, longConnection
    case resetByClient, resetByTarget
    case clientErrors, targetErrors, loadBalancerErrors, targetTimeout
    case zeroWindowStall, retransmissionBurst
    case redirectLoop, proxyLoop, trafficLoop, hairpin
    case idleTimeoutReset, keepAliveRace
    case healthCheckFailure, healthCheckTimeout, healthFlap
    case tlsFailure, desync, wafBlocked, datalessConnect, spoofedForwardedFor
    case loadBalancerType
    case grpcErrors
    case answerCut
    case idleClose
    case halfOpen
    case portScan
    case requestAbandoned
    case undispatchedConnection
    case targetsReplaced
    case rapidReset
    case packetLoss
    case requestsCancelled
    case connectionLeak
}
