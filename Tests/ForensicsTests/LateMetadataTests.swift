#if Cloud
    import Foundation
    import Testing

    /// A capture that begins before the instance's metadata service answers, as at a boot.
    @Suite(
        .enabled(if: Program.path != nil), .enabled(if: LocalAWS.isInstalled, "Python's moto[server] is not installed"),
        .enabled(if: geteuid() == 0, "capturing on the loopback interface needs root"), .serialized)
    struct LateMetadataTests {
        /// A metadata service (IMDSv2) that answers 404 for so many seconds. It prints its port, and ends with its input.
        private static let service = """
            import http.server, sys, threading, time
            start = time.time()
            texts = {
                "/latest/meta-data/placement/region": "eu-west-3", "/latest/meta-data/instance-id": "i-0abc",
                "/latest/meta-data/iam/security-credentials/": "role",
                "/latest/meta-data/iam/security-credentials/role":
                    '{"AccessKeyId": "LATE", "SecretAccessKey": "x", "Token": "t", "Expiration": "2099-01-01T00:00:00Z"}',
            }
            class Handler(http.server.BaseHTTPRequestHandler):
                def reply(self, text):
                    if text is None or time.time() - start < float(sys.argv[1]):
                        self.send_response(404); text = ""
                    else:
                        self.send_response(200)
                    self.send_header("Content-Length", str(len(text))); self.end_headers()
                    self.wfile.write(text.encode())
                def do_PUT(self): self.reply("token")
                def do_GET(self): self.reply(texts.get(self.path))
                def log_message(self, *_): pass
            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            print(server.server_port, flush=True)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            sys.stdin.read()
            """

        @Test func `region and instance are those that the instance tells once it does`() throws {
            let aws = try LocalAWS()
            defer { aws.end() }
            let (input, output) = (Pipe(), Pipe())
            let metadata = Process()
            metadata.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            metadata.arguments = ["python3", "-c", Self.service, "4"]
            metadata.standardInput = input
            metadata.standardOutput = output
            try metadata.run()
            defer {
                try? input.fileHandleForWriting.close()
                metadata.waitUntilExit()
            }
            let port = try #require(
                Int(
                    String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
                        .trimmingCharacters(in: .whitespacesAndNewlines)))
            let folder = try Folder()
            defer { folder.remove() }
            let environment = LocalAWS.environment.merging([
                "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_REGION": "", "AWS_DEFAULT_REGION": "",
                "AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:\(port)",
            ]) { _, new in new }
            let run = try Program.run(
                [
                    "capture", "-i", "lo", "-s", "1", "--filter", "tcp port 9", "--duration", "14s", "--stats-interval",
                    "2s", "-l", folder.path("logs"), "--endpoint-url", aws.proxy, "--enable-cloudwatch",
                ], environment: environment)
            #expect(run.status == 0, "\(run.errors)")
            #expect(
                run.errors.contains("no credentials") && run.errors.contains("sending works again"), "\(run.errors)")
            #expect(
                run.errors.components(separatedBy: "AWS: region eu-west-3, instance i-0abc.").count == 2,
                "\(run.errors)")
            let asked = try aws.faults("{}").filter { $0.body?.contains("PutMetricData") == true }
            #expect(!asked.isEmpty)
            for request in asked {
                #expect(request.signer.hasPrefix("LATE/") && request.signer.contains("/eu-west-3/monitoring/"))
                #expect(request.body?.contains("i-0abc") == true)
            }
        }
    }
#endif
