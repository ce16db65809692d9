/// The common filters of the command line, as a value: what every reading command restricts itself to.
///
/// Within one list the entries are alternatives; negated entries exclude; the lists must all agree.
package struct FactFilter: Sendable, Equatable {
    /// One entry of a list: the text after `--domain`, say, and whether `!` stood before it.
    package struct Entry: Sendable, Equatable {
        package var text: String
        package var isNegated: Bool

        package init(text: String, isNegated: Bool) {
            self.text = text
            self.isNegated = isNegated
        }

        /// Creates an entry from the command line's form, where a leading `!` negates.
        package init(_ argument: String) {
            isNegated = argument.hasPrefix("!")
            text = isNegated ? String(argument.dropFirst()) : argument
        }
    }

    /// Names (or resource ids) of load balancers; entries that are CIDRs match the peer's or node's address.
    package var loadBalancers: [Entry] = []
    /// CIDRs.
    package var clients: [Entry] = []
    package var domains: [Entry] = []
    /// `address` or `address:port`.
    package var targets: [Entry] = []
    package var targetPorts: [Entry] = []
    /// Path templates, whole paths, or a prefix ending in `*`.
    package var paths: [Entry] = []
    /// `503`, `5xx`.
    package var statuses: [Entry] = []
    package var kinds: [Entry] = []
    /// Names of capture points.
    package var vantages: [Entry] = []
    /// Names of what wrote rows of logs: nodes of load balancers, network interfaces of flow logs.
    package var nodes: [Entry] = []
    /// Clients left out everywhere: internal monitoring.
    package var ignored: [IPNetwork] = []
    package var includesHealthChecks = false
    /// Whether what counts where it came in passes on its way from a proxy on too; who names a target has it anyway.
    package var includesSecondLegs = false

    package init() {}

    /// Moves vantages that are nodes, and no capture points, to the list of nodes.
    package mutating func tellNodes(_ known: Set<String>, from named: Set<String>) {
        func isNode(_ entry: Entry) -> Bool { known.contains(entry.text) && !named.contains(entry.text) }
        nodes += vantages.filter(isNode)
        vantages.removeAll(where: isNode)
    }

    /// Whether rows must be looked at one by one: roll-ups know one dimension at a time.
    package var needsRows: Bool {
        !(loadBalancers.isEmpty && clients.isEmpty && domains.isEmpty && targets.isEmpty && targetPorts.isEmpty
            && paths.isEmpty && statuses.isEmpty && ignored.isEmpty && nodes.isEmpty)
    }

    /// Whether a load balancer is the one that an entry names.
    package static func isLoadBalancer(_ name: String, named entry: String) -> Bool {
        TextMatcher([Entry(text: entry, isNegated: false)], .component).verdict(Array(name.utf8)).isMatched
    }
}
