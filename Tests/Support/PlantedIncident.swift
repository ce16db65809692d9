package import ForensicsModel

/// An incident of some kind with what has to come out: an hour of quiet, fifteen minutes of incident, fifteen of calm.
package struct PlantedIncident {
    package enum Kind: Int, CaseIterable, Sendable {
        case oneClient, newClient, oneNetwork, onePath, oneTarget, oneAgent, uniformRise, uniformFall, equalAndOpposite
        case nodeOutage, longOnly, halfUncovered, slowTarget
    }

    package static let spike = 60..<75
    package static let quiet = 45..<60
    package static let minutes = 90

    package let number: Int
    package let kind: Kind
    package var model: TrafficModel
    package var incident = TrafficModel.Incident()
    /// The dimension and the values that must come first; none where everybody moves.
    package var dimension: Dimension?
    package var values: Set<String> = []
    /// The target that answers slowly.
    package var slowTarget: Int?

    /// - Parameter kinds: taken in turn.
    package init(_ number: Int, of kinds: [Kind] = Kind.allCases) {
        self.number = number
        kind = kinds[number % kinds.count]
        model = TrafficModel(seed: UInt64(1000 + number), clients: 200, rate: 30)
        switch kind {
        case .oneClient, .halfUncovered: flood()
        case .newClient:
            incident.extra = [
                .init(address: "203.0.113.9", rate: 400, node: number % 3, agent: number % 6, isSteady: true)
            ]
            blame(.client, "203.0.113.9")
        case .oneNetwork:
            incident.extra = (1...20).map {
                .init(address: "203.0.113.\($0)", rate: 30, node: $0 % 3, agent: $0 % 6, isSteady: true)
            }
            blame(.clientNetwork, "203.0.113.0/24")
        case .onePath:
            incident.path = [3 + number % 5: 15]
            blame(.path, "/p\(3 + number % 5)")
        case .oneTarget:
            incident.target = [number % 4: 6]
            blame(.target, "10.0.0.\(number % 4 + 1):80")
        case .oneAgent:
            let agent = number % 6
            incident.client = { $0.agent == agent ? 8 : 1 }
            blame(.userAgent, "agent-\(agent)")
        case .uniformRise: incident.client = { _ in 3 }
        case .uniformFall: incident.client = { _ in 0.25 }
        case .equalAndOpposite:
            incident.path = [1: 0.05, 2: 1 + 0.95 * 4 / 3]
            blame(.path, "/p1", "/p2")
        case .nodeOutage:
            let node = number % 3
            incident.client = { $0.node == node ? 0 : 1 }
            blame(.node, "10.0.1.\(node + 1)")
        case .longOnly: break
        case .slowTarget:
            slowTarget = number % 4
            blame(.target, "10.0.0.\(number % 4 + 1):80")
        }
    }

    private mutating func flood() {
        let client = model.clients[10 + number % 7]
        incident.client = { $0.address == client.address ? 60 : 1 }
        // Whoever floods does not pause.
        incident.extra = [
            .init(address: client.address, rate: 8, node: client.node, agent: client.agent, isSteady: true)
        ]
        blame(.client, client.address)
    }

    private mutating func blame(_ dimension: Dimension, _ values: String...) {
        self.dimension = dimension
        self.values = Set(values)
    }

    /// What a minute undergoes.
    package func incident(in minute: Int) -> TrafficModel.Incident? { Self.spike.contains(minute) ? incident : nil }
}
