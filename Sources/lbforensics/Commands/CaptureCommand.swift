import ArgumentParser
import Forensics

/// `capture`: the analyzers on a live interface.
struct CaptureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture", abstract: "Analyze a network interface live.",
        discussion: """
            Looks at one flow in N, chosen inside the kernel's filter, so that both directions of a flow are whole and the
            others cost nothing; counts in the summary are scaled. Writes errors to daily files, a summary every 30 s to
            standard output and, with --store, a case that every other command can read meanwhile. SIGINT and SIGTERM end it
            with status 0, SIGHUP opens the log files anew. Needs root, or the right CAP_NET_RAW.
            """)

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Interface, or any for all of them. Default: that of the default route.", valueName: "name"))
    var interface: [String] = []

    @Option(
        name: .shortAndLong, help: ArgumentHelp("One flow in so many is looked at; 1 for every flow.", valueName: "n"))
    var sample = 10

    @Option(help: ArgumentHelp("Another choice of flows for --sample; `ingest` takes the same.", valueName: "number"))
    var sampleSeed: UInt32?

    @Option(
        name: [.customShort("l"), .long], help: ArgumentHelp("Folder of the error log files.", valueName: "folder"))
    var logs = "logs"

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Unanswered for this long is a time-out, as 5 or 5s.", valueName: "duration"))
    var timeout = "5s"

    @Option(help: ArgumentHelp("Write a case as well.", valueName: "path"))
    var store: String?

    @Option(help: ArgumentHelp("Only packets of this expression, see pcap-filter(7).", valueName: "bpf"))
    var filter: String?

    @Option(help: ArgumentHelp("Leave these addresses out: internal monitoring; repeatable.", valueName: "cidr"))
    var ignore: [String] = []

    @Option(help: ArgumentHelp("Addresses of load balancers that are not private; repeatable.", valueName: "cidr"))
    var loadBalancer: [String] = []

    @Option(
        help: ArgumentHelp(
            "A proxy before the load balancer whose X-Forwarded-For entry is not the client; repeatable.",
            valueName: "cidr"))
    var trustedProxy: [String] = []

    @Option(help: ArgumentHelp("Bytes of each packet that are captured.", valueName: "bytes"))
    var snaplen = 262_144

    @Option(help: ArgumentHelp("Size of the kernel's ring. Default: 8M, or 32M with -s 1.", valueName: "size"))
    var buffer: String?

    @Option(help: ArgumentHelp("Stop after this time.", valueName: "duration"))
    var duration: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("Stop after so many packets.", valueName: "n"))
    var count: Int?

    @Option(
        help: ArgumentHelp(
            "How often the summary is written, and metrics are sent to CloudWatch. Default: 30s.", valueName: "duration"
        )
    )
    var statsInterval: String?

    @Option(help: ArgumentHelp("Keep the last packets as captures, together at most this large.", valueName: "size"))
    var ring: String?

    @Option(help: ArgumentHelp("Where --ring keeps them. Default: the folder of the log files.", valueName: "folder"))
    var ringFolder: String?

    @Option(help: ArgumentHelp("Answer Prometheus on this address, as 127.0.0.1:9464.", valueName: "address"))
    var metricsListen: String?

    @Option(
        help: ArgumentHelp("Name of the capture point in the case. Default: the interface.", valueName: "name"))
    var vantage: String?

    @Option(help: "Rows to keep in the case: all (the default), notable (errors, slow, long) or none (roll-ups alone).")
    var rows: RowsChoice?

    @Option(
        help: ArgumentHelp(
            "Remove from the case what captures recorded longer ago than this, as 7d, in whole hours.",
            valueName: "duration"))
    var storeKeep: String?

    @Option(
        help: ArgumentHelp(
            "Keep the case smaller than this, as 2G: the oldest hours of captures are removed.", valueName: "size"))
    var storeSize: String?

    @Flag(help: "Keep query strings in paths, of the case and of the error log.")
    var keepQueryStrings = false

    @Flag(help: "Leave the interface in its mode: see packets for this host alone.")
    var noPromiscuous = false

    @Option(help: ArgumentHelp("Become this user once the interface is open.", valueName: "name"))
    var user: String?

    @Flag(help: "Send metrics and the lines of the error log to CloudWatch.")
    var enableCloudwatch = false

    @Option(help: ArgumentHelp("Send alerts to this SNS topic.", valueName: "arn"))
    var snsTopic: String?

    @Option(
        help: ArgumentHelp(
            "When to alert, as HealthCheckFailures>5/1m; repeatable. Default: rules for health checks, time-outs, TCP "
                + "errors, loops and HTTP errors. HTTPErrorRate needs twenty requests of the sample in its time.",
            valueName: "rule"))
    var alert: [String] = []

    @Option(
        help: ArgumentHelp(
            "For so long the same rule sends no second alert. Default: 15m.", valueName: "duration"))
    var alertCooldown: String?

    @OptionGroup var cloud: CloudCommandOptions

    @Flag(name: .shortAndLong, help: "No summary, no notes.")
    var quiet = false

    func validate() throws {
        if interface.count > 1 {
            throw ValidationError(
                "-i \(interface.joined(separator: " -i ")): a capture reads one interface; use -i any for all, or start a "
                    + "capture for each.")
        }
    }

    func run() throws {
        var request = CaptureRequest()
        request.interface = interface.first
        request.sample = sample
        request.sampleSeed = sampleSeed
        request.logFolder = logs
        request.timeout = timeout.allSatisfy(\.isNumber) ? timeout + "s" : timeout
        request.store = store
        request.filter = filter
        request.ignored = ignore
        request.loadBalancers = loadBalancer
        request.trustedProxies = trustedProxy
        request.snapLength = snaplen
        request.bufferSize = buffer
        request.duration = duration
        request.count = count
        request.statisticsInterval = statsInterval
        request.ring = ring
        request.ringFolder = ringFolder
        request.metricsAddress = metricsListen
        request.vantage = vantage
        request.rows = rows
        request.storeKeep = storeKeep
        request.storeSize = storeSize
        request.keepsQueryStrings = keepQueryStrings
        request.isPromiscuous = !noPromiscuous
        request.user = user
        request.publishesToCloudWatch = enableCloudwatch
        request.topic = snsTopic
        request.alerts = alert
        request.alertCooldown = alertCooldown
        request.cloud = cloud.options
        request.isQuiet = quiet
        Signals.stopOnInterrupt(request.stop)
        Signals.reloadOnHangup(request.reload)
        let output = try OutputFile(path: nil)
        // Nobody reading the summary is no reason to stop capturing, or to wait.
        try request.run(
            note: { if !quiet, Terminal.hasRoom(2) { Diagnostics.report($0) } },
            report: { text in
                if quiet || !Terminal.hasRoom(1) { return }
                try? output.write(text)
                try? output.flush()
            })
    }
}
