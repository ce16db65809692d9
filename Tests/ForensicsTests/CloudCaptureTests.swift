#if Cloud
    import Foundation
    import Testing

    /// A capture that publishes to AWS: the right numbers arrive, and nothing that the network does stops it.
    @Suite(
        .enabled(if: Program.path != nil), .enabled(if: LocalAWS.isInstalled, "Python's moto[server] is not installed"),
        .enabled(if: geteuid() == 0, "capturing on the loopback interface needs root"), .serialized)
    struct CloudCaptureTests {
        static let topic = "arn:aws:sns:us-east-1:123456789012:alerts"

        /// What a capture of a few seconds told in which so many connections were refused, burst by burst, and the ports
        /// that they came from. Bursts lie three seconds apart, so that an interval of two seconds ends between them, and are
        /// too close for health checks.
        static func capture(
            _ aws: LocalAWS, port: Int, bursts: [Int], _ more: [String] = []
        ) throws -> (run: Program.Result, ports: [Int]) {
            let folder = try Folder()
            defer { folder.remove() }
            // Connections that nobody answers but with a reset, begun once the capture has made its folder and runs.
            let logs = folder.path("logs")
            let script = """
                import os, socket, time
                for _ in range(1000):
                    if os.path.exists("\(logs)"):
                        break
                    time.sleep(0.02)
                time.sleep(1)
                for number, count in enumerate(\(bursts)):
                    if number:
                        time.sleep(3)
                    for _ in range(count):
                        s = socket.socket()
                        s.bind(("127.0.0.1", 0))
                        print(s.getsockname()[1])
                        s.connect_ex(("127.0.0.1", \(port)))
                        s.close()
                        time.sleep(0.05)
                """
            let output = try folder.writable("ports")
            let client = Process()
            client.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            client.arguments = ["python3", "-c", script]
            client.standardOutput = output.handle
            try client.run()
            let result = try Program.run(
                [
                    "capture", "-i", "lo", "-s", "1", "--filter", "tcp port \(port)", "--duration",
                    "\(3 + 4 * bursts.count)s", "--stats-interval", "2s", "-l", logs, "--endpoint-url", aws.proxy,
                    "--enable-cloudwatch",
                ] + more, environment: LocalAWS.environment)
            client.waitUntilExit()
            let text = String(decoding: try Data(contentsOf: output.url), as: UTF8.self)
            return (result, text.split(separator: "\n").compactMap { Int($0) })
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
                aws, port: 19, bursts: [4, 1, 7], ["--sns-topic", Self.topic, "--alert", "TCPErrorCount>3/1m"])
            #expect(run.status == 0 && !run.errors.contains("lost"), "\(run.errors)")
            let values = try Self.values(aws, of: run)
            for name in ["TCPErrorCount", "ConnectionCount"] {
                // Of an interval each, not since the start: they add up to what each burst had made by then.
                let counts = values[name] ?? []
                let sums = counts.indices.map { counts[...$0].reduce(0, +) }
                #expect(counts.count >= 6)
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
            // The rule is broken from the first seconds to the end, fifteen seconds later: for two alerts or three.
            let (run, _) = try Self.capture(
                aws, port: 23, bursts: [5, 5, 5],
                ["--sns-topic", Self.topic, "--alert", "TCPErrorCount>3/1m", "--alert-cooldown", "6s"])
            #expect(run.status == 0, "\(run.errors)")
            let published = try aws.faults("{}").filter { $0.body?.contains("Action=Publish") == true }
            #expect((2...3).contains(published.count))
            // The proxy sees them a little sooner or later than they were due.
            let times = published.map(\.time)
            #expect(zip(times.dropFirst(), times).allSatisfy { $0 - $1 > 5 }, "\(times)")
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
            #expect(run.output.contains("TCP_ERROR 5"), "\(run.output)")
        }

        @Test(arguments: [#"{"throttle": 3}"#, #"{"delay": 0.7}"#, #"{"skew": 7200}"#])
        func `throttled, slow, or with another idea of the time, everything arrives`(faults: String) throws {
            let aws = try LocalAWS()
            defer { aws.end() }
            try aws.faults(faults)
            let (run, ports) = try Self.capture(aws, port: 22_222, bursts: [8])
            #expect(run.status == 0 && !run.errors.contains("lost"), "\(run.errors)")
            #expect(try Self.values(aws, of: run)["TCPErrorCount"]?.reduce(0, +) == 8)
            let lines = try Self.lines(aws)
            #expect(Self.areComplete(lines, ports), "\(lines) \(ports)")
        }

        @Test func `rules and topics that cannot be meant are refused`() throws {
            for (arguments, expected) in [
                (["--sns-topic", "alerts"], "is no ARN"), (["--alert", "LoopCount>1/1m"], "without --sns-topic"),
                (["--sns-topic", Self.topic, "--alert", "Loops>1"], "is no rule"),
            ] {
                let run = try Program.run(["capture", "-i", "lo"] + arguments, environment: LocalAWS.environment)
                #expect(run.status == 64 && run.errors.contains(expected), "\(run.errors)")
            }
        }
    }
#endif
