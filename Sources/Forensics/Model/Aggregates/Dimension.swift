/// What traffic is divided by. The raw value is stored in roll-ups: values are only ever added.
package enum Dimension: UInt8, Sendable, CaseIterable, Comparable {
    case client = 1
    /// The client's /24 or /48; derived from `client` at read.
    case clientNetwork
    /// The name that `--owners` gives the client; derived from `client` at read.
    case owner
    case target
    /// The target's port; for NLB logs the listener's.
    case targetPort
    case domain
    case method
    /// Path template.
    case path
    /// User agent family.
    case userAgent
    case status
    case errorReason
    case tlsVersion
    case tlsCipher
    case node
    case targetGroup
    case loadBalancer
    /// Derived from `client` at read, with `--mmdb`.
    case asn
    /// Derived from `client` at read, with `--mmdb`.
    case country

    /// The name on the command line and in the case file.
    package var name: String {
        switch self {
        case .client: "client"
        case .clientNetwork: "client-network"
        case .owner: "owner"
        case .target: "target"
        case .targetPort: "target-port"
        case .domain: "domain"
        case .method: "method"
        case .path: "path"
        case .userAgent: "user-agent"
        case .status: "status"
        case .errorReason: "error-reason"
        case .tlsVersion: "tls-version"
        case .tlsCipher: "tls-cipher"
        case .node: "node"
        case .targetGroup: "target-group"
        case .loadBalancer: "load-balancer"
        case .asn: "asn"
        case .country: "country"
        }
    }

    package init?(name: String) {
        guard let value = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = value
    }

    /// Whether requests alone have it, and connections do not.
    package var isOfRequests: Bool {
        switch self {
        case .method, .path, .userAgent, .status: true
        default: false
        }
    }

    package static func < (left: Dimension, right: Dimension) -> Bool { left.rawValue < right.rawValue }
}
