package import ForensicsModel

/// What a log decoder keeps and what it passes over.
package struct LogOptions: Sendable, Equatable {
    /// Whether paths keep their query strings. Off by default: query strings carry tokens and personal data.
    package var keepsQueryStrings: Bool
    /// Which columns become part of the facts.
    package var detail: LogDetail
    /// Lines whose record time is outside are ignored as out of range, unread past their time; `nil` takes all.
    package var window: TimeWindow?
    /// Lines whose client, or for flow logs either end, is in one of these are ignored as left out.
    package var ignored: [IPNetwork]
    /// Addresses of load balancers that stand in front and are not private: only from such addresses and from private ones
    /// can health checks come.
    package var loadBalancers: [IPNetwork]
    /// The longest line in bytes; a longer one is rejected. AWS cuts user agents at 8 KiB and refuses larger requests
    /// than 128 KiB, so a line beyond this is no log line.
    package var lineLimit: Int

    package init(
        keepsQueryStrings: Bool = false, detail: LogDetail = .full, window: TimeWindow? = nil,
        ignored: [IPNetwork] = [], loadBalancers: [IPNetwork] = [], lineLimit: Int = 1 << 20
    ) {
        self.keepsQueryStrings = keepsQueryStrings
        self.detail = detail
        self.window = window
        self.ignored = ignored
        self.loadBalancers = loadBalancers
        self.lineLimit = lineLimit
    }
}

/// How much of a line is read.
package enum LogDetail: Sendable, Equatable {
    /// Every column.
    case full
    /// Times, addresses, statuses, bytes, load balancer, target group, domain and verdict: what the questions about
    /// clients, domains and ports need. Path, method, user agent, cipher and trace ids stay absent.
    case dimensions
}
