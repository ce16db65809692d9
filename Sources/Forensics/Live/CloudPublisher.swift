import ForensicsModel
import Foundation

/// What goes to AWS of a capture: metrics every interval, the lines of the error log, alerts.
///
/// Everything is handed to threads of their own; nothing here waits, whatever the network does.
protocol CloudPublishing: AnyObject {
    /// Publishes the metrics of an interval.
    func publish(_ summary: LiveSummary)
    /// Publishes a line of the error log.
    func publish(_ kind: EventKind, at time: Timestamp, _ text: String)
    /// Publishes an alert.
    func publish(_ alert: AlertWatch.Alert, of summary: LiveSummary)
    /// What never arrived, in words; `nil` if everything did.
    var losses: String? { get }
    /// Sends what waits, for a few seconds at most.
    func finish()
}

#if Cloud
    import ForensicsCloud
    import Synchronization

    /// Publishes to CloudWatch, CloudWatch Logs and SNS.
    final class CloudPublisher: CloudPublishing {
        /// The namespace of the metrics.
        static let namespace = "LBTrafficAnalyzer"
        /// The log group; the stream is the instance.
        static let group = "/aws/ec2/traffic-analyzer"
        /// Seconds that the end of a capture waits for what is not sent yet.
        static let patience = 5.0

        private let link: Link
        private let metrics: Outbox<MetricsClient.Datum>?
        private let lines: Outbox<LogsClient.Event>?
        private let alerts: Outbox<Message>?

        private typealias Message = (subject: String, message: String)

        /// What the clients need, made by the first thread that needs it: finding credentials and region may take seconds.
        private final class Link: Sendable {
            struct Made: Sendable {
                var session: AWSSession
                var instance: String
                var logs: LogsClient
            }

            private struct State {
                var session: AWSSession?
                var made: Made?
            }

            private let options: CloudOptions
            private let note: @Sendable (String) -> Void
            private let state = Mutex(State())

            init(_ options: CloudOptions, note: @escaping @Sendable (String) -> Void) {
                self.options = options
                self.note = note
            }

            /// What is found is kept once credentials and region are known: an instance may tell them later than at the first try,
            /// and what went elsewhere until then would stay there.
            ///
            /// - Parameter needsRegion: whether what is sent goes to the session's region.
            func get(needsRegion: Bool = true) throws(CloudError) -> Made {
                try state.withLock { (state) throws(CloudError) in
                    if let made = state.made { return made }
                    var session = state.session ?? begin()
                    defer { state.session = session }
                    try session.locate()
                    // Whoever names an endpoint has one for all regions.
                    let isPlaced = session.isLocated || session.endpoint(service: "CLOUDWATCH") != nil
                    guard isPlaced || !needsRegion else {
                        throw CloudError(
                            .noCredentials, "AWS",
                            problem: "no region in the environment, the profile or this instance",
                            remedy: "set AWS_REGION")
                    }
                    let instance = session.instanceID() ?? ProcessInfo.processInfo.hostName
                    let made = Made(
                        session: session, instance: instance,
                        logs: LogsClient(session, group: CloudPublisher.group, stream: instance))
                    guard isPlaced else { return made }
                    state.made = made
                    note("AWS: region \(session.region), instance \(instance).")
                    return made
                }
            }

            private func begin() -> AWSSession {
                AWSSession(
                    environment: ProcessInfo.processInfo.environment, profile: options.profile, region: options.region,
                    endpoint: options.endpoint, now: { Int64(Date().timeIntervalSince1970) })
            }

            func close() { state.withLock { $0.session?.close() } }
        }

        /// - Parameters:
        ///   - publishes: whether metrics and log lines go to CloudWatch.
        ///   - topic: the ARN of an SNS topic for alerts; `nil` for none.
        ///   - note: takes a line for the user, on any thread.
        init(
            _ options: CloudOptions, publishes: Bool, topic: String?, note: @escaping @Sendable (String) -> Void
        ) throws(ForensicsError) {
            if let topic, TopicClient.region(of: topic) == nil {
                throw ForensicsError(
                    .usage, "--sns-topic \(topic): is no ARN of a topic; use arn:aws:sns:REGION:ACCOUNT:NAME.")
            }
            let link = Link(options, note: note)
            self.link = link
            metrics = publishes ? Self.metrics(link) { note("CloudWatch metrics: \($0)") } : nil
            lines = publishes ? Self.lines(link) { note("CloudWatch Logs: \($0)") } : nil
            alerts = topic.map { Self.alerts(link, to: $0) { note("SNS: \($0)") } }
        }

        private static func metrics(
            _ link: Link, note: @escaping @Sendable (String) -> Void
        ) -> Outbox<MetricsClient.Datum> {
            Outbox(
                name: "metrics-out", pace: .init(capacity: 6000, gathering: 0.2),
                fitting: { min($0.count, MetricsClient.limit) },
                send: { data in
                    outcome { () throws(CloudError) in
                        let made = try link.get()
                        let named = data.map { datum in
                            var datum = datum
                            datum.dimensions = [(name: "InstanceId", value: made.instance)]
                            return datum
                        }
                        try MetricsClient(made.session, namespace: namespace).put(named)
                        return 0
                    }
                }, note: note)
        }

        private static func lines(
            _ link: Link, note: @escaping @Sendable (String) -> Void
        ) -> Outbox<LogsClient.Event> {
            Outbox(
                name: "logs-out", pace: .init(capacity: 20_000, gathering: 2), fitting: LogsClient.fitting,
                send: { events in outcome { () throws(CloudError) in try link.get().logs.put(events) } }, note: note)
        }

        private static func alerts(
            _ link: Link, to topic: String, note: @escaping @Sendable (String) -> Void
        ) -> Outbox<Message> {
            Outbox(
                name: "alerts-out", pace: .init(capacity: 100, gathering: 0), fitting: { _ in 1 },
                send: { messages in
                    outcome { () throws(CloudError) in
                        let made = try link.get(needsRegion: false)
                        guard let client = TopicClient(made.session, topic: topic) else { return 1 }
                        for alert in messages {
                            try client.publish(
                                subject: "\(made.instance): \(alert.subject)",
                                message: "Instance: \(made.instance)\n\(alert.message)")
                        }
                        return 0
                    }
                }, note: note)
        }

        /// What an attempt came to. Rights may be given and credentials come while the capture runs: those are waited for.
        private static func outcome<Item>(_ body: () throws(CloudError) -> Int) -> Outbox<Item>.Outcome {
            do throws(CloudError) {
                return .taken(refused: try body())
            } catch {
                switch error.code {
                case .malformed, .usage, .changed: return .refused(error.description)
                // It is tried again without the user, whom the remedy is for.
                case .unavailable: return .later("\(error.subject): \(error.problem).")
                default: return .later(error.description)
                }
            }
        }

        func publish(_ summary: LiveSummary) {
            guard let metrics else { return }
            let time = summary.to.nanoseconds / Timestamp.nanosecondsPerSecond
            for metric in PublishedMetric.allCases {
                guard let value = metric.value(in: summary.interval, sample: summary.sample) else { continue }
                metrics.put(
                    MetricsClient.Datum(
                        name: metric.rawValue, value: value, unit: metric.unit, time: time, dimensions: []))
            }
        }

        func publish(_ kind: EventKind, at time: Timestamp, _ text: String) {
            lines?.put(
                LogsClient.Event(
                    timestamp: time.nanoseconds / 1_000_000, message: "\(kind.rawValue): \(text.prefix(8192))"))
        }

        func publish(_ alert: AlertWatch.Alert, of summary: LiveSummary) {
            let value = alert.valueText
            alerts?.put(
                (
                    subject: "\(alert.rule.metric.rawValue) \(value) (rule \(alert.rule))",
                    message: """
                    Interface: \(summary.interface)
                    Time: \(LogTime.second(of: alert.time)) UTC
                    \(alert.rule.metric.rawValue) is \(value), over the threshold of the rule \(alert.rule).

                    \(summary.text)
                    """
                ))
        }

        var losses: String? {
            let counts = [
                ("metrics", metrics?.lost ?? 0), ("log lines", lines?.lost ?? 0), ("alerts", alerts?.lost ?? 0),
            ]
            let told = counts.filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }
            return told.isEmpty ? nil : told.joined(separator: ", ")
        }

        func finish() {
            alerts?.close()
            metrics?.close()
            lines?.close()
            let end = Date(timeIntervalSinceNow: Self.patience)
            alerts?.finish(within: max(0.1, end.timeIntervalSinceNow))
            metrics?.finish(within: max(0.1, end.timeIntervalSinceNow))
            lines?.finish(within: max(0.1, end.timeIntervalSinceNow))
            link.close()
        }
    }
#endif

extension CaptureRequest {
    /// What publishes to AWS, or `nil` if nothing is to be published.
    func publisher(note: @escaping @Sendable (String) -> Void) throws(ForensicsError) -> (any CloudPublishing)? {
        guard publishesToCloudWatch || topic != nil else { return nil }
        #if Cloud
            return try CloudPublisher(cloud, publishes: publishesToCloudWatch, topic: topic, note: note)
        #else
            throw ForensicsError(
                .usage,
                "--enable-cloudwatch, --sns-topic: this program was built without what talks to AWS; build it with "
                    + "`make build FULL=1`.")
        #endif
    }
}
