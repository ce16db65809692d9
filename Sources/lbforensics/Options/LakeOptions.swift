import ArgumentParser
import Forensics

/// Which logs a question to Athena or Spark is about.
struct LakeOptions: ParsableArguments {
    @Option(help: "Kind of log: alb, alb-connection, nlb, clb or vpc-flow.")
    var kind = "alb"

    @Option(help: "The database that holds the table.")
    var database = "lbforensics"

    @Option(help: "The log's table; by default alb_access, alb_connection, nlb_access, clb_access or vpc_flow.")
    var logTable: String?

    @Option(
        help: ArgumentHelp(
            "The folder above the years: s3://bucket/prefix/AWSLogs/ACCOUNT/elasticloadbalancing/REGION.",
            valueName: "url"))
    var location: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Zone of times given without one; output stays UTC.", valueName: "zone"))
    var tz: String?

    @Option(help: ArgumentHelp("CSV of cidr,owner: whose addresses are whose.", valueName: "file"))
    var owners: String?

    @Flag(help: "Count health checks as client traffic.")
    var includeHealthChecks = false

    @Option(
        help: ArgumentHelp(
            "How long after a window connections are looked for that were open in it.", valueName: "duration"))
    var reach = "1d"

    @Option(
        help: ArgumentHelp("Values of a dimension that are kept apart; the others are (other).", valueName: "n"))
    var values = 100_000

    @Flag(help: "Print the statements instead of running them.")
    var emitSql = false

    /// The request as the library takes it.
    var request: LakeRequest {
        var value = LakeRequest()
        value.kind = kind
        value.database = database
        value.table = logTable
        value.location = location
        value.timeZone = tz
        value.ownersFile = owners
        value.includesHealthChecks = includeHealthChecks
        value.reach = reach
        value.values = values
        return value
    }
}

/// What `setup` takes beside the table.
struct LakeSetupOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "First time that the table is about; Spark is told the folders from here.", valueName: "time"))
    var from: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("Last time; not included.", valueName: "time"))
    var to: String?

    var question: LakeQuestion { .setup(from: from, to: to) }
}

/// What `top` takes.
struct LakeTopOptions: ParsableArguments {
    @Argument(help: "What to rank.")
    var dimension: String

    @Option(parsing: .unconditional, help: ArgumentHelp("Start of the window.", valueName: "time"))
    var from: String

    @Option(parsing: .unconditional, help: ArgumentHelp("End of the window; not included.", valueName: "time"))
    var to: String

    @Option(help: "Rank by requests, connections, bytes, duration or errors.")
    var by: RankMeasure?

    func question(limit: Int?) -> LakeQuestion {
        var top = LakeTop(dimension: dimension, from: from, to: to)
        top.by = by
        top.limit = limit ?? 20
        return .top(top)
    }
}

/// What `compare` takes.
struct LakeCompareOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: ArgumentHelp("The quiet window.", valueName: "window"))
    var before: String

    @Option(parsing: .unconditional, help: ArgumentHelp("The window of the incident.", valueName: "window"))
    var during: String

    @Option(help: "Rank and share by requests, connections, bytes, errors or duration.")
    var by: RankMeasure?

    @Option(
        help: ArgumentHelp("How many of the most active clients are looked at for long connections.", valueName: "n"))
    var top = 30

    @Option(help: ArgumentHelp("A connection is long from here on.", valueName: "duration"))
    var long = "5m"

    @Option(
        help:
            ArgumentHelp(
                "The one table that csv, ndjson and markdown write: active-long (default), changes, explanations, new-gone, "
                    + "remainder, failures.")
    )
    var table: String?

    func question(limit: Int?) -> LakeQuestion {
        var compare = LakeCompare(before: before, during: during)
        compare.by = by
        compare.top = top
        compare.long = long
        compare.table = table
        compare.limit = limit
        return .compare(compare)
    }
}

/// What `query` takes.
struct LakeQueryOptions: ParsableArguments {
    @Flag(help: "List the named questions.")
    var list = false

    @Argument(help: "The name of a question, or SQL.")
    var query: String?

    @Argument(help: ArgumentHelp("Parameters of a named question.", valueName: "name=value"))
    var parameters: [String] = []

    func validate() throws {
        if query == nil && !list { throw ValidationError("Give the name of a question, SQL, or --list.") }
    }

    func question(limit: Int?) -> LakeQuestion {
        .query(text: query ?? "", parameters: parameters, limit: limit)
    }
}
