import ForensicsModel

/// What the name of a delivered log object says: AWS writes the load balancer, the end of the interval and the node in it.
///
/// `<account>_elasticloadbalancing_<region>_<type>.<name>.<id>_<YYYYMMDDThhmmZ>_[<node>_]<random>.log[.gz]` for load
/// balancers, where the time is the interval's end, and `<account>_vpcflowlogs_<region>_<id>_<time>_<hash>.log.gz`, where
/// it is the start. Names only hint: rows are selected by their own times.
package struct LogObjectName: Sendable, Equatable {
    package var loadBalancer: String?
    package var node: String?
    /// The interval that the object holds.
    package var interval: TimeWindow
    /// What the object is a log of, if the name tells.
    package var kind: EvidenceKind?

    /// Reads the last component of a path; `nil` where it does not follow AWS's scheme.
    package init?(path: String) {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let stem = name.split(separator: ".log", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
        let parts = stem.split(separator: "_", omittingEmptySubsequences: false).map(String.init)
        guard let service = parts.firstIndex(where: { $0 == "elasticloadbalancing" || $0 == "vpcflowlogs" }),
            let place = parts.lastIndex(where: { Self.time($0) != nil }), place > service + 1,
            let time = Self.time(parts[place])
        else { return nil }
        let isFlow = parts[service] == "vpcflowlogs"
        let minutes = !isFlow && parts[service + 2].contains(".") ? 5 : isFlow ? 5 : 60
        let length = Int64(minutes) * 60_000_000_000
        interval =
            isFlow
            ? TimeWindow(start: time, end: time.advanced(by: length))
            : TimeWindow(start: time.advanced(by: -length), end: time)
        kind = Self.kind(parts, service)
        let identity = parts[(service + 2)..<place].joined(separator: "_")
        if !isFlow {
            let pieces = identity.split(separator: ".", omittingEmptySubsequences: false)
            loadBalancer = pieces.count >= 3 ? pieces.joined(separator: "/") : identity
            if place + 2 < parts.count, IPAddress(parts[place + 1]) != nil { node = parts[place + 1] }
        }
    }

    /// `conn_log_` and `health_check_log_` stand before the account, `app.` and `net.` before the load balancer's name; a
    /// Classic Load Balancer has neither.
    private static func kind(_ parts: [String], _ service: Int) -> EvidenceKind? {
        if parts[service] == "vpcflowlogs" { return .vpcFlow }
        switch parts[..<max(0, service - 1)].joined(separator: "_") {
        case "conn_log": return .albConnection
        case "health_check_log": return .albHealthCheck
        case "": break
        default: return nil
        }
        if parts[service + 2].hasPrefix("app.") { return .alb }
        if parts[service + 2].hasPrefix("net.") { return .nlb }
        return parts[service + 2].contains(".") ? nil : .clb
    }

    /// Reads `YYYYMMDDThhmmZ`.
    private static func time(_ text: String) -> Timestamp? {
        let bytes = Array(text.utf8)
        guard bytes.count == 14, bytes[8] == 0x54, bytes[13] == 0x5A else { return nil }
        let digits = text.filter { $0.isASCII && $0.isNumber }
        guard digits.count == 12 else { return nil }
        let d = Array(digits)
        return RFC3339.parse(
            "\(String(d[0..<4]))-\(String(d[4..<6]))-\(String(d[6..<8]))T\(String(d[8..<10])):\(String(d[10..<12])):00Z"
        )
    }
}
