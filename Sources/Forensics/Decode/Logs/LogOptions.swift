package import ForensicsModel

/// What a log decoder keeps and what it passes over.
package struct LogOptions: Sendable, Equatable {
    /// Whether paths keep their query strings. Off by default: query strings carry tokens and personal data.
    package var keepsQueryStrings: Bool
    /// Which columns become part of the facts, beside those that always do.
    package var columns: AskedColumns
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
        keepsQueryStrings: Bool = false, columns: AskedColumns = .all, window: TimeWindow? = nil,
        ignored: [IPNetwork] = [], loadBalancers: [IPNetwork] = [], lineLimit: Int = 1 << 20
    ) {
        self.keepsQueryStrings = keepsQueryStrings
        self.columns = columns
        self.window = window
        self.ignored = ignored
        self.loadBalancers = loadBalancers
        self.lineLimit = lineLimit
    }
}

/// Columns of a line that are read where somebody asks for them.
///
/// Times, addresses, statuses, bytes, load balancer, target group, domain, verdict and the id of the connection always are: what
/// questions about clients, domains and ports need.
package struct AskedColumns: OptionSet, Sendable, Equatable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Method, version and path of the request line.
    package static let request = AskedColumns(rawValue: 1)
    package static let userAgent = AskedColumns(rawValue: 2)
    /// TLS version and cipher.
    package static let tls = AskedColumns(rawValue: 4)
    /// What only rows tell: trace id, classification, certificate, rule and the columns without a place of their own.
    package static let rows = AskedColumns(rawValue: 8)
    package static let all: AskedColumns = [.request, .userAgent, .tls, .rows]
}
