import ArgumentParser
import Forensics

/// The restrictions that every reading command shares.
struct ReadOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Start of the time looked at: 2026-03-17T14:05:00Z, 14:05 or -30m.", valueName: "time"))
    var from: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("End of the time looked at; not included.", valueName: "time"))
    var to: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Zone of times given without one; output stays UTC.", valueName: "zone"))
    var tz: String?

    @Option(
        help: ArgumentHelp("Load balancer name, or CIDR of its nodes. `!` negates; repeatable.", valueName: "name|cidr")
    )
    var loadBalancer: [String] = []

    @Option(help: ArgumentHelp("Client address or block.", valueName: "cidr"))
    var client: [String] = []

    @Option(help: "Domain name, whole.")
    var domain: [String] = []

    @Option(help: ArgumentHelp("Target address, with or without port.", valueName: "address[:port]"))
    var target: [String] = []

    @Option(help: ArgumentHelp("Target port; for NLB logs the listener's.", valueName: "port"))
    var targetPort: [String] = []

    @Option(help: "Path, path template, or prefix ending in *.")
    var path: [String] = []

    @Option(help: ArgumentHelp("Status, or class as 5xx.", valueName: "status"))
    var status: [String] = []

    @Option(help: "Kind of evidence: pcap, live, nlb, alb, clb, alb-connection, alb-health-check, vpc-flow.")
    var kind: [String] = []

    @Option(help: ArgumentHelp("Capture point, log node or interface of flow logs, by name.", valueName: "name"))
    var vantage: [String] = []

    @Option(help: ArgumentHelp("Leave this client out everywhere; repeatable.", valueName: "cidr"))
    var ignore: [String] = []

    @Flag(help: "Count health checks as client traffic.")
    var includeHealthChecks = false

    @Option(help: ArgumentHelp("CSV of cidr,owner: whose addresses are whose; kept in the case.", valueName: "file"))
    var owners: String?

    @Option(
        help: ArgumentHelp(
            "MaxMind DB of networks or countries: clients are divided by asn and country too; repeatable.",
            valueName: "file"))
    var mmdb: [String] = []

    /// The restrictions as the library takes them.
    func restrictions(store: String) -> Restrictions {
        var value = Restrictions(store: store)
        value.from = from
        value.to = to
        value.timeZone = tz
        value.loadBalancers = loadBalancer
        value.clients = client
        value.domains = domain
        value.targets = target
        value.targetPorts = targetPort
        value.paths = path
        value.statuses = status
        value.kinds = kind
        value.vantages = vantage
        value.ignored = ignore
        value.includesHealthChecks = includeHealthChecks
        value.ownersFile = owners
        value.addressDatabases = mmdb
        return value
    }
}
