#if Cloud
    import Foundation
    import Testing

    /// A capture that publishes to AWS: the right numbers arrive, and nothing that the network does stops it.
    @Suite(
        .enabled(if: Program.path != nil), .enabled(if: LocalAWS.isInstalled, "Python's moto[server] is not installed"),
        .enabled(if: geteuid() == 0, "capturing on the loopback interface needs root"), .serialized)
    struct CloudCaptureTests {
        static let topic = "arn:aws:sns:us-east-1:123456789012:alerts"

        /// What a capture told in which so many connections were refused, burst by burst, and the ports that they came from.
        /// Each burst is told in the blocks before the next begins.
        ///
        /// - Parameter isDone: what is waited for before the capture is ended.
        static func capture(
            _ aws: LocalAWS, port: Int, bursts: [Int], _ more: [String] = [],
            until isDone: (_ ports: [Int]) throws -> Bool = { _ in true }
        ) throws -> (run: Program.Result, ports: [Int]) {
            let folder = try Folder()
            defer { folder.remove() }
            let (output, errors) = (try folder.writable("output"), try folder.writable("errors"))
            let capture = Process()
            capture.executableURL = URL(fileURLWithPath: try #require(Program.path))
            capture.arguments =
                [
                    "capture", "-i", "lo", "-s", "1", "--filter", "tcp port \(port)", "--stats-interval", "2s", "-l",
                    folder.path("logs"), "--endpoint-url", aws.proxy, "--enable-cloudwatch",
                ] + more
            capture.environment = ProcessInfo.processInfo.environment.merging(LocalAWS.environment) { _, new in new }
            capture.standardInput = FileHandle.nullDevice
            capture.standardOutput = output.handle
            capture.standardError = errors.handle
            try capture.run()
            defer { if capture.isRunning { capture.waitForEnd(signal: SIGKILL) } }
            let text = { (url: URL) in (try? String(contentsOf: url, encoding: .utf8)) ?? "" }
            Wait.until("a capture: \(text(errors.url))") { text(errors.url).contains("capturing on lo") }
            var ports: [Int] = []
            var begun: [Date] = []
            for count in bursts {
                // What comes round at a pace would be a health check: half a beat beside that of the first two.
                if begun.count == 2 {
                    let beat = begun[1].timeIntervalSince(begun[0])
                    let passed = Date().timeIntervalSince(begun[1]) / beat
                    Thread.sleep(forTimeInterval: ((passed + 0.5).rounded(.up) + 0.5 - passed) * beat)
                }
                begun.append(Date())
                ports += try refuse(count, port: port)
                Wait.until("\(ports.count) errors: \(text(output.url))") { errorCount(text(output.url)) == ports.count }
            }
            try Wait.until("what is sent to AWS: \(text(errors.url))") { try isDone(ports) }
            let status = capture.waitForEnd(signal: SIGTERM)
            return (Program.Result(status: status, output: text(output.url), errors: text(errors.url)), ports)
        }

        /// Makes connections that nobody answers but with a reset; returns their ports.
        private static func refuse(_ count: Int, port: Int) throws -> [Int] {
            let script = """
                import socket, time
                for _ in range(\(count)):
                    s = socket.socket()
                    s.bind(("127.0.0.1", 0))
                    print(s.getsockname()[1])
                    s.connect_ex(("127.0.0.1", \(port)))
                    s.close()
                    time.sleep(0.05)
                """
            return try Program.tool("python3", ["-c", script]).output.split(separator: "\n").compactMap { Int($0) }
        }

        /// Connections that were refused, as the blocks of a capture add up to.
        static func errorCount(_ output: String) -> Int {
            output.matches(of: /TCP_ERROR ([0-9]+)/).reduce(0) { $0 + (Int($1.output.1) ?? 0) }
        }

        struct Metrics: Decodable {
            struct Metric: Decodable {
                struct Dimension: Decodable {
                    var Name: String
                    var Value: String
                }
                var MetricName: String
                var Dimensions: [Dimension]
            }
            var Metrics: [Metric]
        }

        struct Statistics: Decodable {
            struct Point: Decodable {
                var Timestamp: String
                var Sum: Double
                var SampleCount: Double
            }
            var Datapoints: [Point]
        }

        struct Lines: Decodable {
            struct Event: Decodable {
                var timestamp: Int64
                var message: String
            }
            var events: [Event]
        }

        /// The values of each metric in order of time, one for each second in which an interval ended; each interval whose
        /// block the capture printed is published once. On a busy machine the last two may end in one second.
        static func values(_ aws: LocalAWS, of run: Program.Result) throws -> [String: [Double]] {
            let blocks = run.output.split(separator: "\n").count { $0.hasPrefix("--- lo, ") }
            let listed = try JSONDecoder().decode(
                Metrics.self, from: aws.call("cloudwatch", "list_metrics", #"{"Namespace":"LBTrafficAnalyzer"}"#))
            var values: [String: [Double]] = [:]
            let now = Int(Date().timeIntervalSince1970)
            for metric in listed.Metrics {
                let dimension = try #require(metric.Dimensions.first)
                #expect(dimension.Name == "InstanceId" && metric.Dimensions.count == 1)
                let question = """
                    {"Namespace":"LBTrafficAnalyzer","MetricName":"\(metric.MetricName)","Period":1,
                    "Dimensions":[{"Name":"InstanceId","Value":"\(dimension.Value)"}],
                    "StartTime":\(now - 300),"EndTime":\(now + 10),"Statistics":["Sum","SampleCount"]}
                    """
                let points = try JSONDecoder().decode(
                    Statistics.self, from: aws.call("cloudwatch", "get_metric_statistics", question)
                ).Datapoints.sorted { $0.Timestamp < $1.Timestamp }
                #expect(
                    points.reduce(0) { $0 + $1.SampleCount } == Double(blocks),
                    "an interval is published once: \(points) \(run.output)")
                values[metric.MetricName] = points.map(\.Sum)
            }
            return values
        }

        static func lines(_ aws: LocalAWS) throws -> [Lines.Event] {
            let answer = try aws.call(
                "logs", "filter_log_events", #"{"logGroupName":"/aws/ec2/traffic-analyzer"}"#)
            return try JSONDecoder().decode(Lines.self, from: answer).events
        }

        /// Whether the service has a line for each port.
        static func haveArrived(_ ports: [Int], at aws: LocalAWS) -> Bool {
            (try? lines(aws).count >= ports.count) ?? false
        }

        /// The lines in the order in which the service keeps them name the ports in the order of the connections.
        static func areComplete(_ lines: [Lines.Event], _ ports: [Int]) -> Bool {
            lines.count == ports.count
                && zip(lines, ports).allSatisfy {
                    $0.message.hasPrefix("TCP_ERROR: connection refused: 127.0.0.1:\($1) ")
                }
        }

        @Test func `metrics, log lines and one alert arrive`() throws {
            let aws = try LocalAWS()
            defer { aws.end() }
            _ = try aws.call("sns", "create_topic", #"{"Name":"alerts"}"#)
            _ = try aws.call("sqs", "create_queue", #"{"QueueName":"inbox"}"#)
            let subscription =
                #"{"TopicArn":"\#(Self.topic)","Protocol":"sqs","Endpoint":"arn:aws:sqs:us-east-1:123456789012:inbox"}"#
            _ = try aws.call("sns", "subscribe", subscription)
            let (run, ports) = try Self.capture(
                aws, port: 19, bursts: [4, 1, 7], ["--sns-topic", Self.topic, "--alert", "TCPErrorCount>3/1m"],
                until: { Self.haveArrived($0, at: aws) })
            #expect(run.status == 0 && !run.errors.contains("lost"), "\(run.errors)")
            let values = try Self.values(aws, of: run)
            for name in ["TCPErrorCount", "ConnectionCount"] {
                // Of an interval each, not since the start: they add up to what each burst had made by then.
                let counts = values[name] ?? []
                let sums = counts.indices.map { counts[...$0].reduce(0, +) }
                #expect(counts.count >= 3)
                #expect(sums.contains(4) && sums.contains(5) && sums.last == 12, "\(name) \(counts)")
            }
            for name in ["TimeoutCount", "HealthCheckFailures", "LoopCount"] {
                #expect(values[name]?.allSatisfy { $0 == 0 } == true)
            }
            // No request was seen, so there is no rate of errors.
            #expect(values["HTTPErrorRate"] == nil)
            let lines = try Self.lines(aws)
            #expect(ports.count == 12 && Self.areComplete(lines, ports), "\(lines) \(ports)")
            #expect(lines.map(\.timestamp) == lines.map(\.timestamp).sorted())
            let inbox = try aws.call(
                "sqs", "receive_message",
                #"{"QueueUrl":"\#(aws.moto)/123456789012/inbox","MaxNumberOfMessages":10}"#)
            let text = String(decoding: inbox, as: UTF8.self)
            #expect(text.components(separatedBy: "over the threshold of the rule").count == 2, "one alert: \(text)")
        }

        @Test func `an alert is published anew once its cool-down is over`() throws {
            let aws = try LocalAWS()
            defer { aws.end() }
            _ = try aws.call("sns", "create_topic", #"{"Name":"alerts"}"#)
            var published = 0
            let begun = ContinuousClock.now
            let (run, _) = try Self.capture(
                aws, port: 23, bursts: [5],
                ["--sns-topic", Self.topic, "--alert", "TCPErrorCount>3/1m", "--alert-cooldown", "6s"],
                until: { _ in
                    published += try Self.alerts(aws)
                    return published >= 3
                })
            #expect(run.status == 0, "\(run.errors)")
            published += try Self.alerts(aws)
            // Not more than have room in the time, each at least a cool-down after the one before.
            let seconds = (ContinuousClock.now - begun) / .seconds(1)
            #expect(Double(published - 1) * 6 <= seconds, "\(published) in \(seconds) s")
        }

        /// Alerts that were published since this was last asked.
        private static func alerts(_ aws: LocalAWS) throws -> Int {
            try aws.faults("{}").count { $0.body?.contains("Action=Publish") == true }
        }

        @Test(arguments: [
            (#"{"down": true}"#, "no answer"), (#"{"fail": 500}"#, "busy or failing"),
            (#"{"fail": 403, "code": "AccessDeniedException"}"#, "cloudwatch:PutMetricData"),
            (#"{"fail": 400, "code": "AccessDeniedException"}"#, "logs:PutLogEvents"),
        ]) func `a service that is gone or refuses stops nothing, and the loss is counted`(
            faults: String, expected: String
        ) throws {
            let aws = try LocalAWS()
            defer { aws.end() }
            try aws.faults(faults)
            let (run, _) = try Self.capture(aws, port: 21, bursts: [5])
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.errors.contains(expected), "\(run.errors)")
            #expect(
                run.errors.contains("lost on the way to AWS: ") && run.errors.contains("5 log lines"), "\(run.errors)")
            // The capture itself saw everything.
            #expect(Self.errorCount(run.output) == 5, "\(run.output)")
        }

        @Test(arguments: [#"{"throttle": 3}"#, #"{"delay": 0.7}"#, #"{"skew": 7200}"#])
        func `throttled, slow, or with another idea of the time, everything arrives`(faults: String) throws {
            let aws = try LocalAWS()
            defer { aws.end() }
            try aws.faults(faults)
            let (run, ports) = try Self.capture(
                aws, port: 22_222, bursts: [8], until: { Self.haveArrived($0, at: aws) })
            #expect(run.status == 0 && !run.errors.contains("lost"), "\(run.errors)")
            #expect(try Self.values(aws, of: run)["TCPErrorCount"]?.reduce(0, +) == 8)
            let lines = try Self.lines(aws)
            #expect(Self.areComplete(lines, ports), "\(lines) \(ports)")
        }

        @Test func `rules and topics that cannot be meant are refused`() throws {
            for (arguments, expected) in [
                (["--sns-topic", "alerts"], "is no ARN"), (["--alert", "LoopCount>1/1m"], "needs the --sns-topic"),
                (["--sns-topic", Self.topic, "--alert", "Loops>1"], "is no rule"),
            ] {
                let run = try Program.run(["capture", "-i", "lo"] + arguments, environment: LocalAWS.environment)
                #expect(run.status == 64 && run.errors.contains(expected), "\(run.errors)")
            }
        }
    }
#endif
