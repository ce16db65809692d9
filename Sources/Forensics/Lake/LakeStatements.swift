import ForensicsLakeQueries
import ForensicsModel

/// The statements whose rows become the aggregates of two windows.
struct LakeStatements {
    let scope: LakeScope
    let before: TimeWindow
    let during: TimeWindow
    /// What ranks and series are counted in.
    let measure: RankMeasure
    /// Nanoseconds.
    let long: Int64
    /// Nanoseconds after a window in which connections are looked for that were open in it.
    let reach: Int64
    let includesHealthChecks: Bool
    let values: Int
    /// The dimensions to fill; the other sections are always told.
    var dimensions = LakeStatements.dimensions
    var includesDistributions = true

    /// The dimensions that the statements count; networks and owners follow from the clients.
    static let dimensions: [Dimension] = [
        .client, .target, .targetPort, .domain, .method, .status, .errorReason, .tlsVersion, .tlsCipher, .node,
        .targetGroup, .loadBalancer,
    ]

    /// What has a distribution, and the column that it is of.
    private static let distributions: [(measure: DistributionMeasure, column: String)] = [
        (.requestTime, "request_ns"), (.targetTime, "target_ns"), (.responseTime, "response_ns"),
        (.totalTime, "latency_ns"), (.connectionDuration, "duration_ns"), (.tlsHandshake, "tls_handshake_ns"),
        (.bytesFromClient, "received"), (.bytesFromServer, "sent"),
    ]

    /// Every row of the windows, in one pass over the lines.
    func activity() throws(ForensicsError) -> String {
        let last = max(before.end, during.end)
        let end = scope.log.tellsDurations ? last.advanced(by: reach) : last
        var places = try scope.reading(TimeWindow(start: min(before.start, during.start), end: end))
        places.merge(windowPlaces) { $1 }
        places["health_checks"] = includesHealthChecks ? "1" : "0"
        places["values"] = "\(values)"
        places["measure"] = Self.column(measure)
        places["buckets"] = Self.buckets
        var sections = ["total", "opened", "long", "rejected"] + dimensions.map(\.name)
        if includesDistributions { sections += Self.distributions.map(\.measure.name) }
        places["sections"] = sections.map { "'\($0)'" }.joined(separator: ", ")
        return LakeTemplate(LakeQueries.windowActivity).filled(places)
    }

    /// The connections of some clients, pieced together from their requests.
    ///
    /// - Parameter clients: as the log writes them; `nil` for all.
    func tracedConnections(of clients: [String]?) throws(ForensicsError) -> String {
        let first = min(before.start, during.start).advanced(by: -PiecedConnections.reach)
        let last = max(before.end, during.end).advanced(by: PiecedConnections.reach)
        var places = try scope.reading(TimeWindow(start: first, end: last))
        places.merge(windowPlaces) { $1 }
        places["reach"] = "\(PiecedConnections.reach / 1000)"
        var texts: [String] = []
        for client in clients ?? [] { texts.append(try LakeText.literal(client, option: "client")) }
        places["clients"] = clients == nil ? "client IS NOT NULL" : "client IN (\(texts.joined(separator: ", ")))"
        return LakeTemplate(LakeQueries.tracedConnections).filled(places)
    }

    /// The columns that tell the bucket of each distribution.
    private static var buckets: String {
        let bucket = LakeTemplate(LakeQueries.histogramBucket)
        return distributions.map { bucket.filled(["number": $0.column]) }.joined(separator: ",\n        ")
    }

    private var windowPlaces: [String: String] {
        [
            "before_start": Self.microseconds(before.start), "before_end": Self.microseconds(before.end),
            "during_start": Self.microseconds(during.start), "during_end": Self.microseconds(during.end),
            "long_ns": "\(long)",
        ]
    }

    /// The first microsecond at or after an instant: logs are no finer, so that a bound between two means the later.
    static func microseconds(_ time: Timestamp) -> String {
        let whole = time.bucket(width: 1000)
        return "\(whole / 1000 + (whole < time.nanoseconds ? 1 : 0))"
    }

    private static func column(_ measure: RankMeasure) -> String {
        switch measure {
        case .requests: "requests"
        case .connections: "connections"
        case .bytes: "bytes"
        case .errors: "errors"
        case .duration: "longest_ns"
        }
    }
}
