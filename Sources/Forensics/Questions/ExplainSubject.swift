import ForensicsModel

/// What `explain` is to follow through the evidence.
enum ExplainSubject: Equatable {
    /// The request with this Root of X-Amzn-Trace-Id.
    case trace(high: UInt64, low: UInt64)
    /// What began in one record: an id of the views `requests` and `connections`.
    case record(FactID)
    /// What came from one port of a client.
    case endpoint(Endpoint)
    /// What came from a client.
    case address(IPAddress)

    /// Reads `Root=1-5759e988-bd862e3fe1be46a994272793`, or a header that holds it, an id, `ADDRESS:PORT` or an address.
    init(_ text: String) throws(ForensicsError) {
        if let root = Self.root(in: text) {
            self = .trace(high: root.high, low: root.low)
        } else if let id = Int64(text), id > Int64(UInt32.max) {
            self = .record(FactID(rawValue: id))
        } else {
            let bytes = Array(text.utf8)
            let whole = 0..<bytes.count
            if let address = IPAddress.parse(bytes.span, whole) {
                self = .address(address)
            } else if let endpoint = Endpoint.parse(bytes.span, whole), endpoint.port != 0 {
                self = .endpoint(endpoint)
            } else {
                throw ForensicsError(
                    .usage,
                    "explain \(text): is no trace id (Root=1-…), no id of a request or connection, and no client's address or "
                        + "address:port.")
            }
        }
    }

    /// The Root of a trace id, with or without its name, in either case. AWS, "Request tracing for your Application Load
    /// Balancer": `1-` with eight and `-` with twenty-four hexadecimal digits.
    private static func root(in text: String) -> (high: UInt64, low: UInt64)? {
        let fields = text.split(separator: ";").map { $0.drop { $0 == " " } }
        let field = fields.first { $0.lowercased().hasPrefix("root=") } ?? fields.first ?? ""
        let value = field.lowercased().hasPrefix("root=") ? field.dropFirst(5) : field
        let parts = value.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "1", parts[1].count == 8, parts[2].count == 24,
            let time = UInt64(parts[1], radix: 16), let first = UInt64(parts[2].prefix(8), radix: 16),
            let rest = UInt64(parts[2].dropFirst(8), radix: 16)
        else { return nil }
        return (time << 32 | first, rest)
    }
}
