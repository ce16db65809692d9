#if Cloud
    import Foundation
    import Testing

    /// A capture that publishes to AWS: the right numbers arrive, and nothing that the network does stops it.
    @Suite(
        .enabled(if: Program.path != nil), .enabled(if: LocalAWS.isInstalled, "Python's moto[server] is not installed"),
        .enabled(if: geteuid() == 0, "capturing on the loopback interface needs root"), .serialized)
    struct CloudCaptureTests {
        static let topic = "arn:aws:sns:us-east-1:123456789012:alerts"

        /// What a capture of a few seconds with so many refused connections told.
        static func capture(
            _ aws: LocalAWS, port: Int, refused: Int, _ more: [String] = []
        ) throws -> Program.Result {
            let folder = try Folder()
            defer { folder.remove() }
            // Connections that nobody answers but with a reset, begun once the capture runs.
            let script = """
                import socket, time
                time.sleep(2)
                for _ in range(\(refused)):
                    s = socket.socket()
                    s.connect_ex(("127.0.0.1", \(port)))
                    s.close()
                    time.sleep(0.05)
                """
            let client = Process()
            client.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            client.arguments = ["python3", "-c", script]
            try client.run()
            let result = try Program.run(
                [
                    "capture", "-i", "lo", "-s", "1", "--filter", "tcp port \(port)", "--duration", "7s",
                    "--stats-interval", "2s", "-l", folder.path("logs"), "--endpoint-url", aws.proxy,
                    "--enable-cloudwatch",
                ] + more, environment: LocalAWS.environment)
            client.waitUntilExit()
            return result
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

        static func sums(_ aws: LocalAWS) throws -> [String: (sum: Double, count: Double)] {
            let listed = try JSONDecoder().decode(
                Metrics.self, from: aws.call("cloudwatch", "list_metrics", #"{"Namespace":"LBTrafficAnalyzer"}"#))
            var sums: [String: (sum: Double, count: Double)] = [:]
            for metric in listed.Metrics {
                let dimension = try #require(metric.Dimensions.first)
                #expect(dimension.Name == "InstanceId" && metric.Dimensions.count == 1)
                let day = Int(Date().timeIntervalSince1970)
                let question = """
                    {"Namespace":"LBTrafficAnalyzer","MetricName":"\(metric.MetricName)","Period":86400,
                    "Dimensions":[{"Name":"InstanceId","Value":"\(dimension.Value)"}],
                    "StartTime":\(day - 3600),"EndTime":\(day + 3600),"Statistics":["Sum","SampleCount"]}
                    """
                let answer = try JSONDecoder().decode(
                    Statistics.self, from: aws.call("cloudwatch", "get_metric_statistics", question))
                sums[metric.MetricName] = answer.Datapoints.reduce((0, 0)) { ($0.0 + $1.Sum, $0.1 + $1.SampleCount) }
            }
            return sums
        }

        static func lines(_ aws: LocalAWS) throws -> [Lines.Event] {
            let answer = try aws.call(
                "logs", "filter_log_events", #"{"logGroupName":"/aws/ec2/traffic-analyzer"}"#)
            return try JSONDecoder().decode(Lines.self, from: answer).events
        }

        @Test func `metrics, log lines and one alert arrive`() throws {
            let aws = try LocalAWS()
            defer { aws.end() }
            _ = try aws.call("sns", "create_topic", #"{"Name":"alerts"}"#)
            _ = try aws.call("sqs", "create_queue", #"{"QueueName":"inbox"}"#)
            let subscription =
                #"{"TopicArn":"\#(Self.topic)","Protocol":"sqs","Endpoint":"arn:aws:sqs:us-east-1:123456789012:inbox"}"#
            _ = try aws.call("sns", "subscribe", subscription)
            let run = try Self.capture(
                aws, port: 19, refused: 12, ["--sns-topic", Self.topic, "--alert", "TCPErrorCount>3/1m"])
            #expect(run.status == 0 && !run.errors.contains("lost"), "\(run.errors)")
            let sums = try Self.sums(aws)
            #expect(sums["TCPErrorCount"]?.sum == 12)
            #expect(sums["ConnectionCount"]?.sum == 12)
            #expect(sums["TimeoutCount"]?.sum == 0 && sums["HealthCheckFailures"]?.sum == 0)
            #expect(sums["LoopCount"]?.sum == 0)
            // An interval each, not since the start; no request was seen, so there is no rate of errors.
            #expect((sums["TCPErrorCount"]?.count ?? 0) >= 3)
            #expect(sums["HTTPErrorRate"] == nil)
            let lines = try Self.lines(aws)
            #expect(lines.count == 12)
            #expect(lines.allSatisfy { $0.message.hasPrefix("TCP_ERROR: connection refused: 127.0.0.1:") })
            #expect(lines.map(\.timestamp) == lines.map(\.timestamp).sorted())
            let inbox = try aws.call(
                "sqs", "receive_message",
                #"{"QueueUrl":"\#(aws.moto)/123456789012/inbox","MaxNumberOfMessages":10}"#)
            let text = String(decoding: inbox, as: UTF8.self)
            #expect(text.components(separatedBy: "over the threshold of the rule").count == 2, "one alert: \(text)")
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
            let run = try Self.capture(aws, port: 21, refused: 5)
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
            let run = try Self.capture(aws, port: 22_222, refused: 8)
            #expect(run.status == 0 && !run.errors.contains("lost"), "\(run.errors)")
            #expect(try Self.sums(aws)["TCPErrorCount"]?.sum == 8)
            #expect(try Self.lines(aws).count == 8)
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
