import ForensicsAnalyze
import ForensicsCapture
import ForensicsModel

/// What a capture tells about itself: for the summary block, for metrics, and in its case.
struct LiveSummary: Sendable {
    var interface: String
    /// One flow in so many was looked at.
    var sample: UInt32
    /// Since when `interval` counts, and until when.
    var from: Timestamp
    var to: Timestamp
    var interval: LiveCounts
    var total: LiveCounts
    var clients: ClientCounts
    var openConnections: Int
    var statistics: LiveInterface.Statistics
    /// Packets that the kernel dropped in the interval.
    var dropped: UInt64
    var refused: LiveRefusals
    /// Log lines that were lost.
    var lostLines: UInt64
    /// Packets that the evidence ring could not keep.
    var lostEvidence: UInt64
    /// Whether the case could not be written at some time, since when the capture goes on without it.
    var hasLostCase: Bool
    /// What never arrived at AWS, in words; `nil` if everything did.
    var cloudLosses: String?

    /// The block of text, several lines.
    var text: String {
        let seconds = max(1, to.since(from) / Timestamp.nanosecondsPerSecond)
        var lines = [
            "--- \(interface), \(LogTime.second(of: to)) UTC, last \(seconds) s\(sample > 1 ? ", 1 flow in \(sample)" : "") ---"
        ]
        let rate = interval.packets / UInt64(seconds)
        lines.append(
            "Packets        \(grouped(interval.packets))\(sample > 1 ? " in the sample" : "") (\(grouped(rate))/s, "
                + "\(grouped(interval.bytes)) bytes): TCP "
                + "\(grouped(interval.tcpPackets)), UDP \(grouped(interval.udpPackets)), other \(grouped(interval.otherPackets)); "
                + "since start \(grouped(total.packets))")
        lines.append(
            "Drops          kernel \(grouped(dropped)), since start \(grouped(statistics.dropped))"
                + (statistics.interfaceDropped > 0 ? ", interface \(grouped(statistics.interfaceDropped))" : "")
                + (dropped > 0 ? "; raise --sample or --buffer, or narrow --filter" : ""))
        lines.append(
            "Connections    \(estimate(interval.connections)) ended, \(grouped(UInt64(openConnections))) open"
                + (sample > 1 ? " in the sample" : "") + ", \(scaled(interval.httpsConnections)) TLS")
        lines.append(
            "HTTP           \(scaled(interval.requests)) requests, 4xx \(scaled(interval.clientErrors)), "
                + "5xx \(scaled(interval.serverErrors))")
        lines.append(
            "Health checks  \(scaled(interval.healthChecks)), failed \(scaled(interval.failedHealthChecks)), "
                + "timed out \(scaled(interval.timedOutHealthChecks))")
        let events = EventKind.allCases.filter { interval.count($0) > 0 }.map {
            "\($0.rawValue) \(scaled(interval.count($0)))"
        }
        lines.append("Errors         " + (events.isEmpty ? "none" : events.joined(separator: ", ")))
        let top = clients.top(5).map { client, count in
            let things = count.isOfRequests ? "request" : "connection"
            return "\(client) \(scaled(count.larger)) \(things)\(count.larger == 1 && sample == 1 ? "" : "s")"
        }
        if !top.isEmpty { lines.append("Top clients    " + top.joined(separator: ", ")) }
        if let told = refused.text { lines.append("Table full     \(told) since start; raise --sample") }
        if lostLines > 0 {
            lines.append(
                "Log            \(Wording.count(lostLines, "line")) lost: the log file could not be written, or was removed"
            )
        }
        if lostEvidence > 0 {
            lines.append(
                "Ring           \(Wording.count(lostEvidence, "packet")) lost: the ring could not be written, or was removed"
            )
        }
        if hasLostCase {
            lines.append("Case           not written any more since it was told above; start the capture anew")
        }
        if let cloudLosses { lines.append("AWS            lost \(cloudLosses) since start") }
        return lines.joined(separator: "\n") + "\n"
    }

    private func grouped(_ number: UInt64) -> String { DecimalText.grouped(number) }

    /// A count of the sample as one of the traffic.
    private func scaled(_ number: UInt64) -> String {
        sample > 1 && number > 0
            ? "≈\(grouped(number.multipliedReportingOverflow(by: UInt64(sample)).partialValue))"
            : grouped(number)
    }

    /// The same with how far it may be off: ports are hardly used again within an interval, so a connection is a flow.
    private func estimate(_ number: UInt64) -> String {
        guard sample > 1, number > 0 else { return grouped(number) }
        let error = SamplingError(rate: Int64(sample), connections: .even, requests: nil)
        let count = Int64(clamping: number.multipliedReportingOverflow(by: UInt64(sample)).partialValue)
        let width = error.halfWidth(of: count, .connections) ?? 0
        return "\(scaled(number)) ± \(grouped(UInt64(width.rounded(.up))))"
    }
}
