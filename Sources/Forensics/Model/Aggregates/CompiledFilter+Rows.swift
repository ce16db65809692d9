/// The same questions about the values of a row of a view, each by itself: a view has not all of them.
extension CompiledFilter {
    package func admits(domain: String?) -> Bool {
        domains.isEmpty || domains.admits(domain.map { Array($0.utf8) })
    }

    /// - Parameters:
    ///   - path: the whole path.
    ///   - template: the same with numbers and ids left out.
    package func admits(path: String?, template: String?) -> Bool {
        paths.isEmpty || paths.admits(path: path.map { Array($0.utf8) }, template: template.map { Array($0.utf8) })
    }

    /// - Parameter node: who wrote the row of a log.
    package func admits(node: String?) -> Bool { nodes.isEmpty || nodes.admits(node.map { Array($0.utf8) }) }

    package func admits(status: UInt16?) -> Bool { statuses.admits(status) }

    package func admits(port: UInt16?) -> Bool { ports.admits(port) }

    package func admits(target: Endpoint?) -> Bool { targets.admits(target) }

    /// - Parameter client: `nil` where the row names none: what a load balancer sends for many.
    package func admits(client: IPAddress?) -> Bool { clients.admits(client) }

    package func ignores(client: IPAddress?) -> Bool { !ignored.admits(client) }

    /// - Parameters:
    ///   - name: of the load balancer.
    ///   - first: an address of a node of it.
    ///   - second: another.
    package func admits(loadBalancer name: String?, at first: IPAddress?, or second: IPAddress?) -> Bool {
        if loadBalancers.isEmpty, loadBalancerNetworks.isEmpty { return true }
        return admitsLoadBalancer(
            loadBalancers.verdict(name.map { Array($0.utf8) }), loadBalancerNetworks.verdict(first, second))
    }
}
