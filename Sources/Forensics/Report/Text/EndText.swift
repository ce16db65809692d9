package import ForensicsModel

extension Endpoint {
    /// The end as far as the evidence tells it: of a listener some logs know the port alone, of a client the address.
    package var told: String? {
        if address == .unspecified { return port == 0 ? nil : ":\(port)" }
        return port == 0 ? address.description : description
    }
}
