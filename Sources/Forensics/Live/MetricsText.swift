import ForensicsCapture

/// A capture's numbers as Prometheus reads them: text format, version 0.0.4.
///
/// Counts are those of the sample; `lbforensics_sample_rate` says how many flows of the traffic each flow stands for.
enum MetricsText {
    static func text(_ summary: LiveSummary) -> String {
        var text = ""
        let total = summary.total
        func metric(_ name: String, _ type: String, _ help: String, _ values: [(labels: String, value: String)]) {
            text += "# HELP lbforensics_\(name) \(help)\n# TYPE lbforensics_\(name) \(type)\n"
            for (labels, value) in values { text += "lbforensics_\(name){\(labels)} \(value)\n" }
        }
        let interface = "interface=\"\(escaped(summary.interface))\""
        func counter(_ name: String, _ help: String, _ value: UInt64) {
            metric(name, "counter", help, [(interface, "\(value)")])
        }
        metric("sample_rate", "gauge", "One flow in so many is looked at.", [(interface, "\(summary.sample)")])
        metric(
            "packets_total", "counter", "Packets looked at.",
            [
                ("\(interface),transport=\"tcp\"", "\(total.tcpPackets)"),
                ("\(interface),transport=\"udp\"", "\(total.udpPackets)"),
                ("\(interface),transport=\"other\"", "\(total.otherPackets)"),
            ])
        counter("bytes_total", "Bytes on the wire of the packets looked at.", total.bytes)
        counter("kernel_dropped_packets_total", "Packets the kernel had no room for.", summary.statistics.dropped)
        counter("connections_total", "Connections that ended.", total.connections)
        metric("open_connections", "gauge", "Connections that are open.", [(interface, "\(summary.openConnections)")])
        counter("requests_total", "HTTP requests with their answers.", total.requests)
        metric(
            "http_errors_total", "counter", "HTTP answers by class of status.",
            [
                ("\(interface),class=\"4xx\"", "\(total.clientErrors)"),
                ("\(interface),class=\"5xx\"", "\(total.serverErrors)"),
            ])
        let succeeded = total.healthChecks - total.failedHealthChecks - total.timedOutHealthChecks
        metric(
            "health_checks_total", "counter", "Health checks by outcome.",
            [
                ("\(interface),outcome=\"success\"", "\(succeeded)"),
                ("\(interface),outcome=\"failure\"", "\(total.failedHealthChecks)"),
                ("\(interface),outcome=\"timeout\"", "\(total.timedOutHealthChecks)"),
            ])
        metric(
            "events_total", "counter", "Errors by kind, as in the error log.",
            EventKind.allCases.map { ("\(interface),kind=\"\($0.rawValue)\"", "\(total.count($0))") })
        let refused = summary.refused
        counter("evicted_connections_total", "Open connections given out because a table was full.", refused.evicted)
        counter(
            "refused_sightings_total", "Sightings that findings may lack because a table was full.", refused.sightings)
        counter(
            "unwatched_connections_total",
            "Connections that may be health checks and count as clients' because a table was full.", refused.probes)
        counter(
            "lost_log_lines_total", "Lines of the error log that could not be written, or were removed.",
            summary.lostLines)
        counter(
            "lost_ring_packets_total", "Packets that the evidence ring could not keep, or that were removed.",
            summary.lostEvidence)
        metric(
            "case_lost", "gauge", "Whether the case cannot be written any more.",
            [(interface, summary.hasLostCase ? "1" : "0")])
        return text
    }

    private static func escaped(_ label: String) -> String {
        var text = ""
        for character in label {
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
        return text
    }
}
