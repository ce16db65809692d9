import ForensicsCapture
import ForensicsModel
import Foundation
import Synchronization

/// What `capture` is asked to do, as the user wrote it.
public struct CaptureRequest: Sendable {
    /// Interface; `nil` for that of the default route.
    public var interface: String?
    /// One flow in so many is looked at.
    public var sample = 10
    /// Which flows a sample takes: the same number takes the same ones; `nil` for the usual ones.
    public var sampleSeed: UInt32?
    /// Folder of the error log files; `nil` for none.
    public var logFolder: String?
    /// How long an answer may take, such as `5s`.
    public var timeout = "5s"
    /// Path of the case file; `nil` for none.
    public var store: String?
    /// An expression of pcap-filter(7).
    public var filter: String?
    /// CIDRs of internal monitoring.
    public var ignored: [String] = []
    /// Load balancers: CIDRs of their addresses.
    public var loadBalancers: [String] = []
    /// CIDRs of proxies before the load balancer.
    public var trustedProxies: [String] = []
    /// Bytes of each packet that are captured.
    public var snapLength = 262_144
    /// Size of the kernel's ring, such as `16M`; `nil` for what suits the sample.
    public var bufferSize: String?
    /// Stop after this time.
    public var duration: String?
    /// Stop after so many packets.
    public var count: Int?
    /// How often the summary is written, and metrics are sent; `nil` for 30 s.
    public var statisticsInterval: String?
    /// How much evidence is kept as captures, such as `2G`.
    public var ring: String?
    /// Folder of the evidence captures.
    public var ringFolder: String?
    /// Address and port of the Prometheus endpoint.
    public var metricsAddress: String?
    /// Name of the capture point.
    public var vantage: String?
    /// Which rows the case keeps; `nil` for all.
    public var rows: RowsChoice?
    /// What captures recorded longer ago than this is removed from the case, in whole hours.
    public var storeKeep: String?
    /// The case stays smaller than this: the oldest hours are removed.
    public var storeSize: String?
    /// Whether paths keep their query strings.
    public var keepsQueryStrings = false
    /// Whether the interface sees packets for others.
    public var isPromiscuous = true
    /// The user to become once the interface is open.
    public var user: String?
    /// Whether metrics and the lines of the error log go to CloudWatch.
    public var publishesToCloudWatch = false
    /// ARN of the SNS topic for alerts; `nil` for none.
    public var topic: String?
    /// When an alert is sent, as `HealthCheckFailures>5/1m`; empty for sensible rules.
    public var alerts: [String] = []
    /// For so long the same rule sends no second alert; `nil` for 15 minutes.
    public var alertCooldown: String?
    /// How AWS is reached.
    public var cloud = CloudOptions()
    /// Whether nobody reads summaries and notes.
    public var isQuiet = false
    /// Raised to stop cleanly.
    public let stop = StopFlag()
    /// Raised to open the log files anew.
    public let reload = ReloadFlag()

    /// Creates a request with the defaults of the command line.
    public init() {}
}

/// A request to open files anew that any thread may make; it is taken once.
public final class ReloadFlag: Sendable {
    private let requested = Atomic<Bool>(false)

    /// Creates a flag that nobody has raised.
    public init() {}

    /// Asks for it.
    public func request() { requested.store(true, ordering: .relaxed) }

    /// Whether somebody asked since the last time this was called.
    func take() -> Bool { requested.exchange(false, ordering: .relaxed) }
}

/// The options of a capture, checked and resolved. Times are nanoseconds.
struct CaptureOptions: Sendable {
    var interface: InterfaceOptions
    var timeout: Int64
    var loadBalancers: [IPNetwork]
    var trustedProxies: [IPNetwork]
    var duration: Int64?
    var statisticsInterval: Int64
    var ringSize: Int64?
    var storeKeep: Int64?
    var storeSize: Int64?
    var metrics: (host: String, port: UInt16)?
    var alertRules: [AlertRule] = []
    var alertCooldown: Int64 = 0

    /// The options that shape the result, as a text.
    func fingerprint(_ request: CaptureRequest) -> String {
        let networks = { (list: [IPNetwork]) in list.sorted().map(\.description).joined(separator: ",") }
        return [
            "rows=\((request.rows ?? .all).rawValue)", "timeout=\(timeout)", "query=\(request.keepsQueryStrings)",
            "load-balancer=\(networks(loadBalancers))", "trusted-proxy=\(networks(trustedProxies))",
            "ignore=\(networks(interface.ignored))", "sample=\(interface.sample.rate)",
            "filter=\(interface.filter ?? "")", "snaplen=\(interface.snapLength)",
        ].joined(separator: ";")
            + (interface.sample.seed == FlowSample.defaultSeed ? "" : ";sample-seed=\(interface.sample.seed)")
    }
}

extension CaptureRequest {
    /// The options, each checked.
    func options() throws(ForensicsError) -> CaptureOptions {
        guard sample >= 1, sample <= 1_000_000 else {
            throw ForensicsError(.usage, "--sample \(sample): must be from 1 (every flow) to 1000000.")
        }
        guard snapLength >= 96, snapLength <= 262_144 else {
            throw ForensicsError(.usage, "--snaplen \(snapLength): must be from 96 to 262144 bytes.")
        }
        try refuseIdle()
        if let count, count < 1 { throw ForensicsError(.usage, "--count \(count): must be at least 1.") }
        let bufferSize = bufferSize ?? (sample == 1 ? "32M" : "8M")
        guard let buffer = IngestRequest.size(bufferSize), buffer >= 1 << 20, buffer <= 1 << 30 else {
            throw ForensicsError(.usage, "--buffer \(bufferSize): is no size from 1M to 1G; use 16M.")
        }
        var interface = InterfaceOptions()
        interface.name = self.interface
        interface.snapLength = snapLength
        interface.bufferSize = Int(buffer)
        interface.isPromiscuous = isPromiscuous
        interface.filter = filter
        interface.ignored = try Restrictions.networks(ignored, option: "--ignore")
        interface.sample = FlowSample(rate: UInt32(sample), seed: sampleSeed ?? FlowSample.defaultSeed)
        var ringSize: Int64?
        if let ring {
            guard let size = IngestRequest.size(ring), size >= 1 << 20 else {
                throw ForensicsError(.usage, "--ring \(ring): is no size of at least 1M; use 512M or 2G.")
            }
            ringSize = size
        }
        var storeSize: Int64?
        if let text = self.storeSize {
            guard let size = IngestRequest.size(text), size >= 16 << 20 else {
                throw ForensicsError(.usage, "--store-size \(text): is no size of at least 16M; use 512M or 2G.")
            }
            storeSize = size
        }
        var options = CaptureOptions(
            interface: interface, timeout: try Self.duration(timeout, "--timeout"),
            loadBalancers: try Restrictions.networks(loadBalancers, option: "--load-balancer"),
            trustedProxies: try Restrictions.networks(trustedProxies, option: "--trusted-proxy"),
            duration: try duration.map { (text) throws(ForensicsError) in try Self.duration(text, "--duration") },
            statisticsInterval: try Self.duration(statisticsInterval ?? "30s", "--stats-interval"), ringSize: ringSize,
            storeKeep: try storeKeep.map { (text) throws(ForensicsError) in try Self.duration(text, "--store-keep") },
            metrics: try metrics())
        options.storeSize = storeSize
        options.alertRules = try alertRules()
        options.alertCooldown = try Self.duration(alertCooldown ?? "15m", "--alert-cooldown")
        return options
    }

    /// Refuses what can have no effect.
    private func refuseIdle() throws(ForensicsError) {
        try IdleOptions.refuse(
            [
                ("--rows", rows?.rawValue), ("--vantage", vantage), ("--store-keep", storeKeep),
                ("--store-size", storeSize),
            ], without: "--store", unless: store != nil)
        try IdleOptions.refuse([("--ring-folder", ringFolder)], without: "--ring", unless: ring != nil)
        try IdleOptions.refuse(
            [("--alert", alerts.first), ("--alert-cooldown", alertCooldown)], without: "--sns-topic",
            unless: topic != nil)
        try IdleOptions.refuse(
            cloud.given, without: "--enable-cloudwatch or --sns-topic", unless: publishesToCloudWatch || topic != nil)
        try IdleOptions.refuse(
            [("--stats-interval", statisticsInterval)], without: "--enable-cloudwatch, as -q leaves out the summary",
            unless: !isQuiet || publishesToCloudWatch)
    }

    private func alertRules() throws(ForensicsError) -> [AlertRule] {
        if topic == nil { return [] }
        if alerts.isEmpty { return AlertRule.defaults }
        return try alerts.map { (text) throws(ForensicsError) in
            if let rule = AlertRule(text) { return rule }
            let names = PublishedMetric.allCases.map(\.rawValue).joined(separator: ", ")
            throw ForensicsError(
                .usage,
                "--alert \(text): is no rule; use METRIC>NUMBER/DURATION, as HealthCheckFailures>5/1m, with a duration from "
                    + "1s to 1h and one of \(names).")
        }
    }

    private static func duration(_ text: String, _ option: String) throws(ForensicsError) -> Int64 {
        guard let value = DurationText.parse(text), value > 0 else {
            throw ForensicsError(.usage, "\(option) \(text): is no duration; use 30s, 5m or 7d.")
        }
        return value
    }

    private func metrics() throws(ForensicsError) -> (host: String, port: UInt16)? {
        guard let metricsAddress else { return nil }
        let parts = metricsAddress.split(separator: ":", omittingEmptySubsequences: false)
        guard let last = parts.last, let port = UInt16(last), parts.count <= 2 else {
            throw ForensicsError(
                .usage, "--metrics-listen \(metricsAddress): use ADDRESS:PORT, for example 127.0.0.1:9464.")
        }
        let host = parts.count == 2 ? String(parts[0]) : "127.0.0.1"
        guard host.isEmpty || IPAddress(host)?.isV4 == true else {
            throw ForensicsError(
                .usage, "--metrics-listen \(metricsAddress): the address must be an IPv4 address of this machine.")
        }
        return (host.isEmpty ? "0.0.0.0" : host, port)
    }
}
