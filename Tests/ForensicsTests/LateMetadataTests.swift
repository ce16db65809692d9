#if Cloud
    import Foundation
    import Testing

    /// A capture that begins before the instance's metadata service answers, as at a boot.
    @Suite(
        .enabled(if: Program.path != nil), .enabled(if: LocalAWS.isInstalled, "Python's moto[server] is not installed"),
        .enabled(if: geteuid() == 0, "capturing on the loopback interface needs root"), .serialized)
    struct LateMetadataTests {
        /// A metadata service (IMDSv2) that answers 404 until a file is there. It prints its port, and ends with its input.
        private static let service = """
            import http.server, os, sys, threading
            texts = {
                "/latest/meta-data/placement/region": "eu-west-3", "/latest/meta-data/instance-id": "i-0abc",
                "/latest/meta-data/iam/security-credentials/": "role",
                "/latest/meta-data/iam/security-credentials/role":
                    '{"AccessKeyId": "LATE", "SecretAccessKey": "x", "Token": "t", "Expiration": "2099-01-01T00:00:00Z"}',
            }
            class Handler(http.server.BaseHTTPRequestHandler):
                def reply(self, text):
                    if text is None or not os.path.exists(sys.argv[1]):
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
            let folder = try Folder()
            defer { folder.remove() }
            let input = Pipe()
            let output = try folder.writable("port")
            let metadata = Process()
            metadata.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            metadata.arguments = ["python3", "-c", Self.service, folder.path("booted")]
            metadata.standardInput = input
            metadata.standardOutput = output.handle
            try metadata.run()
            defer {
                try? input.fileHandleForWriting.close()
                metadata.waitForEnd()
            }
            let text = { (url: URL) in (try? String(contentsOf: url, encoding: .utf8)) ?? "" }
            Wait.until("the port of the metadata service") { text(output.url).contains("\n") }
            let port = try #require(Int(text(output.url).trimmingCharacters(in: .whitespacesAndNewlines)))
            let environment = LocalAWS.environment.merging([
                "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_REGION": "", "AWS_DEFAULT_REGION": "",
                "AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:\(port)",
            ]) { _, new in new }
            let errors = try folder.writable("errors")
            let capture = Process()
            capture.executableURL = URL(fileURLWithPath: try #require(Program.path))
            capture.arguments = [
                "capture", "-i", "lo", "-s", "1", "--filter", "tcp port 9", "--stats-interval", "2s", "-l",
                folder.path("logs"), "--endpoint-url", aws.proxy, "--enable-cloudwatch",
            ]
            capture.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
            capture.standardInput = FileHandle.nullDevice
            capture.standardOutput = FileHandle.nullDevice
            capture.standardError = errors.handle
            try capture.run()
            defer { if capture.isRunning { capture.waitForEnd(signal: SIGKILL) } }
            let said = { text(errors.url) }
            Wait.until("no credentials: \(said())") { said().contains("no credentials") }
            _ = try folder.file("booted", Data())
            Wait.until("sending works again: \(said())") { said().contains("sending works again") }
            #expect(capture.waitForEnd(signal: SIGTERM) == 0, "\(said())")
            #expect(said().components(separatedBy: "AWS: region eu-west-3, instance i-0abc.").count == 2, "\(said())")
            let asked = try aws.faults("{}").filter { $0.body?.contains("PutMetricData") == true }
            #expect(!asked.isEmpty)
            for request in asked {
                #expect(request.signer.hasPrefix("LATE/") && request.signer.contains("/eu-west-3/monitoring/"))
                #expect(request.body?.contains("i-0abc") == true)
            }
        }
    }
#endif
