import ForensicsDecode
import ForensicsModel

/// What a carved file says of itself: why it was made, and why each connection is in it.
///
/// Without names, that is a finding's number and check and a connection's id, by which the case tells the rest; addresses are
/// those in the packets of the file.
struct CarveComments {
    /// What addresses are replaced with; `nil` to leave them.
    private var addresses: AddressAnonymizer?
    private let because: String

    init(_ finding: Finding?, number: Int64, _ addresses: AddressAnonymizer?) {
        self.addresses = addresses
        because = finding.map { "finding \(number), \($0.check)" + (addresses == nil ? ": \($0.summary)" : "") } ?? ""
    }

    /// Stands at the head of the file.
    func title(store: String, filters: String?) -> String {
        guard addresses == nil else {
            return "anonymized: addresses replaced, payload zeroed" + (because.isEmpty ? "" : "; taken for \(because)")
        }
        return "taken from \(store)" + (because.isEmpty ? "" : " for \(because)") + (filters.map { "; \($0)" } ?? "")
    }

    /// Stands beside the first packet of a connection.
    mutating func connection(_ connection: Connection, isShared: Bool) -> String {
        "connection \(connection.id.rawValue): \(connection.transport.name) \(named(connection.client)) to "
            + "\(named(connection.server)), state \(connection.state.name ?? "unknown")"
            + (isShared ? ", carries requests of several clients" : "") + (because.isEmpty ? "" : "; \(because)")
    }

    private mutating func named(_ end: Endpoint) -> Endpoint {
        Endpoint(addresses?.replacing(end.address) ?? end.address, end.port)
    }
}
