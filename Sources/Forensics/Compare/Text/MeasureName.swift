/// The words for the names of rates and distributions.
package enum MeasureName {
    private static let names: [String: String] = [
        "request_ms": "request time", "target_ms": "target time", "response_ms": "response time",
        "total_ms": "total time", "duration_ms": "connection duration", "handshake_ms": "handshake",
        "tls_handshake_ms": "TLS handshake", "bytes_from_client": "bytes from client",
        "bytes_from_server": "bytes from server", "status_4xx": "4xx responses", "status_5xx": "5xx responses",
        "opened": "connections opened", "long_connections": "long connections",
        "failed_health_checks": "failed health checks",
    ]

    /// Returns the words for a name; one without words of its own is returned with spaces.
    package static func words(_ name: String) -> String {
        if let words = names[name] { return words }
        if name.hasPrefix("status_") { return "\(name.dropFirst(7)) responses" }
        return String(name.map { $0 == "_" || $0 == "-" ? " " : $0 })
    }
}
