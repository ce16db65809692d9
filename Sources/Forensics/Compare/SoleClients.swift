import ForensicsModel

/// Names the client where all events of a network, or of an owner, in both windows are of one client.
///
/// Many clients make a noisy crowd, in which one that is alone in its network does not stand out although the network does.
/// Whose events they are is known beyond statistics: what the network showed is told of its client.
struct SoleClients {
    let pair: WindowPair

    /// Returns explanations in their order; one of a network or owner with a single client bears that client's name.
    func named(_ explanations: [Explanation]) -> [Explanation] {
        guard explanations.contains(where: isWide) else { return explanations }
        let clients = MergedValue.merge(pair, .client)
        return explanations.map { one in
            guard isWide(one),
                let client = clients.first(where: { client in
                    client.before == one.before && client.during == one.during
                        && IPAddress(client.value).map { holds(one, $0) } == true
                })
            else { return one }
            var named = one
            named.dimension = Dimension.client.name
            named.value = client.value
            named.owner = IPAddress(client.value).flatMap { pair.options.owners.owner(of: $0) }
            return named
        }
    }

    private func isWide(_ one: Explanation) -> Bool {
        one.dimension == Dimension.clientNetwork.name || one.dimension == Dimension.owner.name
    }

    private func holds(_ wide: Explanation, _ client: IPAddress) -> Bool {
        wide.dimension == Dimension.owner.name
            ? pair.options.owners.owner(of: client) == wide.value
            : IPNetwork(wide.value)?.contains(client) == true
    }
}
