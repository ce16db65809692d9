import ForensicsModel

/// Which rows a case keeps.
public enum RowsChoice: String, Sendable, CaseIterable {
    /// Every row.
    case all
    /// Errors, slow ones, long ones and those that findings cite.
    case notable
    /// Roll-ups alone.
    case none
}

/// How far an ingest is.
public struct IngestProgress: Sendable {
    /// Bytes of input read, as they lie on disk.
    public var bytes: Int64
    /// Bytes of all inputs together, as far as they are known.
    public var totalBytes: Int64
    /// Records read so far.
    public var records: Int64
    /// Inputs begun.
    public var inputs: Int
    /// How many inputs there are.
    public var totalInputs: Int
    /// Whether this is the last report.
    public var isFinal: Bool
}

/// What `ingest` is asked to do, as the user wrote it.
public struct IngestRequest: Sendable {
    /// Path of the case file.
    public var store: String
    /// Files, folders, globs, `-` or `s3://bucket/prefix`.
    public var inputs: [String]
    /// Threads that decode; `nil` for one a core.
    public var jobs: Int?
    /// What tables and buffers may hold together, such as `512M`.
    public var maxMemory = "512M"
    /// Kind of evidence, where content does not tell.
    public var kind: String?
    /// Name of the capture point.
    public var vantage: String?
    /// CIDRs of proxies before the load balancer.
    public var trustedProxies: [String] = []
    /// Load balancers: names, or CIDRs of their addresses.
    public var loadBalancers: [String] = []
    /// CIDRs of internal monitoring.
    public var ignored: [String] = []
    /// How long an answer may take, such as `5s`.
    public var timeout = "5s"
    /// Which rows the case keeps.
    public var rows = RowsChoice.all
    /// Whether paths keep their query strings.
    public var keepsQueryStrings = false
    /// Of captures, one flow in so many is read; 1 for all.
    public var sample = 1
    /// Which flows a sample takes: the same number takes the same ones; `nil` for the usual ones.
    public var sampleSeed: UInt32?
    /// Start of the time looked at.
    public var from: String?
    /// End of the time looked at; not included.
    public var to: String?
    /// Zone of times written without one.
    public var timeZone: String?
    /// How long after `to` records are read as well: requests and connections of the time asked for that ended later.
    /// `nil` for none.
    public var lookAhead: String?
    /// Where not empty, logs that their names place outside of all of these are left unread; of the others every record is
    /// read.
    package var wanted: [TimeWindow] = []
    /// What the case is made for.
    package var purpose = EvidencePurpose.keeping
    /// Per cent.
    public var maxRejects = 1.0
    /// Say what would be read, and read nothing.
    public var isDryRun = false
    /// CSV of `cidr,owner`.
    public var ownersFile: String?
    /// How `s3://` inputs are reached.
    public var cloud = CloudOptions()
    /// Raised to stop cleanly: what is whole is kept.
    public var stop = StopFlag()

    /// Creates a request with the defaults of the command line.
    public init(store: String, inputs: [String]) {
        self.store = store
        self.inputs = inputs
    }
}

/// The options that shape what a source becomes in the case, checked and resolved.
package struct IngestOptions: Sendable {
    package var jobs: Int
    /// Bytes.
    package var maxMemory: Int64
    package var kind: EvidenceKind?
    package var vantage: String?
    package var trustedProxies: [IPNetwork]
    package var loadBalancers: [IPNetwork]
    package var ignored: [IPNetwork]
    /// Nanoseconds.
    package var timeout: Int64
    package var rows: RowsChoice
    package var keepsQueryStrings: Bool
    package var sample = FlowSample.all
    package var window: TimeWindow?
    package var wanted: [TimeWindow] = []
    package var purpose = EvidencePurpose.keeping
    package var maxRejects: Double

    /// What tells by names which logs need not be opened; `nil` to open all.
    var pruning: LogPruning? {
        let windows = window.map { [$0] } ?? wanted
        return windows.isEmpty ? nil : LogPruning(windows: windows)
    }

    /// The options as one text: a source read with other options is another thing and is not mixed in silently.
    ///
    /// Threads, memory, paths, the purpose and what is left unread are not in it: they do not change the result.
    package var fingerprint: String {
        let networks = { (list: [IPNetwork]) in list.sorted().map(\.description).joined(separator: ",") }
        let span = window.map { "\($0.start.nanoseconds)-\($0.end.nanoseconds)" } ?? ""
        return [
            "rows=\(rows.rawValue)", "timeout=\(timeout)", "query=\(keepsQueryStrings)", "window=\(span)",
            "load-balancer=\(networks(loadBalancers))", "trusted-proxy=\(networks(trustedProxies))",
            "ignore=\(networks(ignored))", "kind=\(kind?.name ?? "")",
        ].joined(separator: ";") + sample.fingerprint
    }
}

extension PacketChoice {
    init(_ options: IngestOptions) {
        self.init(sample: options.sample, window: options.window, ignored: options.ignored)
    }
}

extension IngestRequest {
    /// The options, each checked.
    package func options(cores: Int) throws(ForensicsError) -> IngestOptions {
        if let jobs, jobs < 1 || jobs > 256 {
            throw ForensicsError(.usage, "--jobs \(jobs): must be from 1 to 256.")
        }
        guard let memory = Self.size(maxMemory), memory >= 64 << 20 else {
            throw ForensicsError(.usage, "--max-memory \(maxMemory): is no size of at least 64M; use 512M or 2G.")
        }
        guard let timeout = DurationText.parse(timeout), timeout > 0 else {
            throw ForensicsError(.usage, "--timeout \(timeout): is no duration; use 5s.")
        }
        var evidenceKind: EvidenceKind?
        if let kind {
            // What `capture` makes is in no file but a case.
            guard let known = EvidenceKind(name: kind), known != .live else {
                let names = EvidenceKind.allCases.filter { $0 != .live }.map(\.name).joined(separator: ", ")
                throw ForensicsError(.usage, "--kind \(kind): is no kind of evidence in files; use one of \(names).")
            }
            evidenceKind = known
        }
        guard maxRejects >= 0, maxRejects <= 100 else {
            throw ForensicsError(.usage, "--max-rejects \(maxRejects): must be a share from 0 to 100 per cent.")
        }
        guard sample >= 1, sample <= 1_000_000 else {
            throw ForensicsError(.usage, "--sample \(sample): must be from 1 (every flow) to 1000000.")
        }
        if vantage?.isEmpty == true {
            throw ForensicsError(.usage, "--vantage '': is empty; give it a value, or leave it out.")
        }
        try IdleOptions.refuse([("--look-ahead", lookAhead)], without: "--to", unless: to != nil)
        try IdleOptions.refuse(
            [("--sample-seed", sampleSeed.map { "\($0)" })], without: "--sample of 2 or more", unless: sample > 1)
        try IdleOptions.refuse(
            cloud.given + [("--requester-pays", cloud.paysForRequests ? "" : nil)], without: "an input s3://…",
            unless: inputs.contains(where: RemotePath.isRemote))
        var options = IngestOptions(
            jobs: jobs ?? max(1, cores), maxMemory: memory, kind: evidenceKind, vantage: vantage,
            trustedProxies: try Restrictions.networks(trustedProxies, option: "--trusted-proxy"),
            loadBalancers: try Restrictions.networks(loadBalancers, option: "--load-balancer"),
            ignored: try Restrictions.networks(ignored, option: "--ignore"), timeout: timeout, rows: rows,
            keepsQueryStrings: keepsQueryStrings, window: try window(), maxRejects: maxRejects)
        options.wanted = wanted
        options.purpose = purpose
        options.sample = FlowSample(rate: UInt32(sample), seed: sampleSeed ?? FlowSample.defaultSeed)
        return options
    }

    private func window() throws(ForensicsError) -> TimeWindow? {
        let context = try TimeContext(evidence: nil, zoneName: timeZone)
        guard from != nil || to != nil else { return nil }
        let start = try from.map { (text) throws(ForensicsError) in try context.resolve(text, option: "--from") }
        let lookAhead = lookAhead ?? "0s"
        guard let ahead = DurationText.parse(lookAhead), ahead >= 0 else {
            throw ForensicsError(.usage, "--look-ahead \(lookAhead): is no duration; use 15m.")
        }
        let end = try to.map { (text) throws(ForensicsError) in
            try context.resolve(text, option: "--to").advanced(by: ahead)
        }
        let window = TimeWindow(
            start: start ?? Timestamp(nanoseconds: .min), end: end ?? Timestamp(nanoseconds: .max))
        guard !window.isEmpty else {
            throw ForensicsError(.usage, "--from \(from ?? "") --to \(to ?? ""): the time ends before it begins.")
        }
        return window
    }

    /// Reads `512M`, `2G`, `65536`: powers of 1024.
    package static func size(_ text: String) -> Int64? {
        let upper = text.uppercased()
        let suffixes: [(Character, Int64)] = [("K", 1 << 10), ("M", 1 << 20), ("G", 1 << 30), ("T", 1 << 40)]
        guard let last = upper.last else { return nil }
        guard let unit = suffixes.first(where: { $0.0 == last }) else { return Int64(upper) }
        guard let value = Int64(upper.dropLast()), value >= 0, value <= Int64.max / unit.1 else { return nil }
        return value * unit.1
    }
}
