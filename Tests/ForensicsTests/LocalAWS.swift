#if Cloud
    import Foundation
    import Testing

    /// moto's server as AWS, and a proxy before it that throttles, cuts and remembers; ends with this value.
    final class LocalAWS {
        static let script = SampleIncidentTests.root.appendingPathComponent("Tests/Oracles/aws.py").path
        static let isInstalled: Bool = {
            (try? Program.tool("python3", ["-c", "import boto3, moto.server"]))?.status == 0
        }()
        static let environment = [
            "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/nonexistent",
            "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", "AWS_SESSION_TOKEN": "",
        ]

        /// The server itself.
        let moto: String
        /// The server behind the proxy.
        let proxy: String
        private let process = Process()
        private let input = Pipe()

        struct NotReady: Error {}

        init() throws {
            let output = Pipe()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["python3", Self.script, "serve"]
            process.standardInput = input
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            var line = Data()
            while !line.contains(0x0A) {
                let more = output.fileHandleForReading.availableData
                if more.isEmpty { throw NotReady() }
                line += more
            }
            let addresses = try JSONDecoder().decode([String: String].self, from: line)
            moto = try #require(addresses["moto"])
            proxy = try #require(addresses["proxy"])
        }

        func end() {
            try? input.fileHandleForWriting.close()
            process.waitUntilExit()
        }

        /// One request that the proxy saw.
        struct Asked: Decodable {
            /// Seconds since the epoch.
            var time: Double
            var method: String
            var path: String
            var status: Int
            var range: String?
            var target: String?
            var payer: String?
            /// Key, day, region and service of the signature, with slashes between.
            var signer: String
            /// What a POST said, its beginning.
            var body: String?

            /// Whether it asks for the bytes of an object.
            var isObject: Bool { method == "GET" && !path.contains("list-type") }
        }

        @discardableResult
        private func tool(_ arguments: [String]) throws -> String {
            let result = try Program.tool("python3", [Self.script] + arguments)
            try #require(result.status == 0, "\(result.errors)")
            return result.output
        }

        /// Sets the faults of the proxy and tells what it was asked since the last time.
        @discardableResult
        func faults(_ json: String) throws -> [Asked] {
            try JSONDecoder().decode([Asked].self, from: Data(tool(["control", proxy, json]).utf8))
        }

        func upload(_ folder: String, bucket: String, prefix: String) throws {
            try tool(["upload", moto, folder, bucket, prefix])
        }

        /// Makes a user with a policy; from then on rights are checked.
        func user(policy: String) throws -> [String: String] {
            let keys = try JSONDecoder().decode([String: String].self, from: Data(tool(["user", moto, policy]).utf8))
            return Self.environment.merging(
                ["AWS_ACCESS_KEY_ID": keys["key"] ?? "", "AWS_SECRET_ACCESS_KEY": keys["secret"] ?? ""]
            ) { _, new in new }
        }

        /// Any other call; returns its answer as JSON.
        func call(_ service: String, _ operation: String, _ arguments: String) throws -> Data {
            Data(try tool(["call", moto, service, operation, arguments]).utf8)
        }

        /// Deals sample log lines out to so many objects in a folder.
        static func logs(_ folder: String, count: Int) throws {
            let result = try Program.tool(
                "python3", [script, "logs", folder, "\(count)", SampleIncidentTests.path("")])
            try #require(result.status == 0, "\(result.errors)")
        }
    }
#endif
