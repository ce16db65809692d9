public import ArgumentParser
public import Forensics

/// `ingest`: evidence into the case.
struct IngestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest", abstract: "Read captures and load balancer logs into the case.",
        discussion: """
            Inputs are files, folders (walked), globs, - for standard input, or s3://bucket/prefix; plain or gzipped. What an
            input is comes from its content. Running it again, in parts, in another order or after a kill gives the same
            case. Objects of S3 are fetched while they are read and never lie on disk; with --from and --to only the days
            asked for are listed where the bucket has AWS's folders.
            """)

    @Argument(help: ArgumentHelp("Files, folders, globs, - or s3://bucket/prefix.", valueName: "input"))
    var inputs: [String]

    @Option(help: ArgumentHelp("Threads that decode. Default: one a core.", valueName: "n"))
    var jobs: Int?

    @Option(help: ArgumentHelp("What tables and buffers may hold together, as 512M or 2G.", valueName: "size"))
    var maxMemory = "512M"

    @Option(help: ArgumentHelp("Kind of evidence, where content does not tell.", valueName: "kind"))
    var kind: String?

    @Option(help: ArgumentHelp("Name of the capture point; makes the inputs one set.", valueName: "name"))
    var vantage: String?

    @Option(
        help: ArgumentHelp(
            "A proxy before the load balancer whose X-Forwarded-For entry is not the client; repeatable. Captures that the case has "
                + "with another list are read again.",
            valueName: "cidr"))
    var trustedProxy: [String] = []

    @Option(help: ArgumentHelp("Addresses of load balancers that are not private; repeatable.", valueName: "cidr"))
    var loadBalancer: [String] = []

    @Option(help: ArgumentHelp("Leave these addresses out: internal monitoring; repeatable.", valueName: "cidr"))
    var ignore: [String] = []

    @Option(help: ArgumentHelp("Unanswered for this long is a time-out.", valueName: "duration"))
    var timeout = "5s"

    @Option(help: "Rows to keep: all, notable (errors, slow, long) or none (roll-ups alone).")
    var rows: RowsChoice = .all

    @Option(
        help: ArgumentHelp(
            "Read one flow in so many of captures: the flows that `capture -s` takes.", valueName: "n"))
    var sample = 1

    @Option(help: ArgumentHelp("Another choice of flows for --sample; `capture` takes the same.", valueName: "number"))
    var sampleSeed: UInt32?

    @Flag(help: "Keep query strings in paths.")
    var keepQueryStrings = false

    @Option(parsing: .unconditional, help: ArgumentHelp("Only records from here on.", valueName: "time"))
    var from: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("Only records before.", valueName: "time"))
    var to: String?

    @Option(
        help: ArgumentHelp(
            "With --to: read records of so long after it too, for what began before it and ended later.",
            valueName: "duration"))
    var lookAhead: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Zone of times given without one.", valueName: "zone"))
    var tz: String?

    @Option(
        help: ArgumentHelp(
            "An input with more rejects than this share, in per cent, is reported as unusable.", valueName: "percent"))
    var maxRejects = 1.0

    @Option(help: "auto (a line on a terminal), json (lines on standard error) or none.")
    var progress: ProgressChoice = .auto

    @Flag(help: "Say what would be read, and read nothing; what the case has is told by its name and length.")
    var dryRun = false

    @Option(help: ArgumentHelp("CSV of cidr,owner, kept in the case.", valueName: "file"))
    var owners: String?

    @Flag(help: "Pay for reading from S3 buckets whose owner asks for it.")
    var requesterPays = false

    @OptionGroup var cloud: CloudCommandOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        var request = IngestRequest(store: store.path, inputs: inputs)
        request.jobs = jobs
        request.maxMemory = maxMemory
        request.kind = kind
        request.vantage = vantage
        request.trustedProxies = trustedProxy
        request.loadBalancers = loadBalancer
        request.ignored = ignore
        request.timeout = timeout
        request.rows = rows
        request.keepsQueryStrings = keepQueryStrings
        request.sample = sample
        request.sampleSeed = sampleSeed
        request.from = from
        request.to = to
        request.timeZone = tz
        request.lookAhead = lookAhead
        request.maxRejects = maxRejects
        request.isDryRun = dryRun
        request.ownersFile = owners
        request.cloud = cloud.options
        request.cloud.paysForRequests = requesterPays
        // Before hours are spent: an answer that has nowhere to go.
        try EvidenceFiles(store: store.path, inputs: inputs).refuse([output.output].compactMap { $0 })
        Signals.stopOnInterrupt(request.stop)
        let line = ProgressLine(choice: output.quiet ? .none : progress)
        let summary = try request.run(
            note: { if !output.quiet { line.interrupt(); Diagnostics.report($0) } }, progress: line.show)
        line.interrupt()
        if output.quiet {
            for problem in summary.problems { Diagnostics.report(problem.message) }
        }
        // Quiet leaves out the table that people read, not the data that was asked for.
        if !output.quiet || output.output != nil || output.format != .table {
            let file = try output.file(of: store.path)
            try summary.write(
                style: output.style, limit: output.limit, note: { if !output.quiet { Diagnostics.report($0) } }
            ) { try file.write($0) }
            try file.flush()
        }
        if let failure = summary.failure { throw failure }
    }
}

extension RowsChoice: @retroactive ExpressibleByArgument {}
