/// What a line of the error log tells. The raw value is in the files: values are only ever added.
package enum EventKind: String, Sendable, CaseIterable {
    case tcpError = "TCP_ERROR"
    case timeout = "TIMEOUT"
    case healthCheckFail = "HEALTH_CHECK_FAIL"
    case healthCheckTimeout = "HEALTH_CHECK_TIMEOUT"
    case appError = "APP_ERROR"
    case lbError = "LB_ERROR"
    case slowHandshake = "SLOW_HANDSHAKE"
    case slowRequest = "SLOW_REQUEST"
    case redirectLoop = "REDIRECT_LOOP"
    case proxyLoop = "PROXY_LOOP"
    case trafficLoop = "TRAFFIC_LOOP"

    /// The place in tables that have an entry a kind.
    var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
