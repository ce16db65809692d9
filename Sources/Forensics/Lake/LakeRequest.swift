/// Which logs a question to Athena or Spark is about, as the user wrote it.
public struct LakeRequest: Sendable {
    /// The kind of log.
    public var kind = "alb"
    /// The database that holds the table.
    public var database = "lbforensics"
    /// The table; `nil` for the kind's own.
    public var table: String?
    /// The folder above the years.
    public var location: String?
    /// `aws` for folders of days, `flat` for one folder.
    public var layout = "aws"
    /// The zone of times written without one.
    public var timeZone: String?
    /// CSV of `cidr,owner`.
    public var ownersFile: String?
    /// Whether health checks count as client traffic.
    public var includesHealthChecks = false
    /// How long after a window connections are looked for that were open in it.
    public var reach = "1d"
    /// At most so many values of a dimension are kept apart.
    public var values = 100_000

    /// Creates a request with the defaults of the command line.
    public init() {}
}
