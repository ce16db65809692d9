#if Cloud
    import ForensicsCloud
    import Foundation
    import Synchronization
    import Testing

    /// Where locations and credentials come from.
    @Suite struct CredentialTests {
        @Test(arguments: [
            ("s3://bucket/a/b", "bucket", "a/b"), ("s3://my.bucket-1", "my.bucket-1", ""),
            ("s3://bucket/", "bucket", ""),
        ]) func `an s3 URL has a bucket and a key`(text: String, bucket: String, key: String) {
            #expect(S3Location(text) == S3Location(bucket: bucket, key: key))
        }

        @Test(arguments: ["http://bucket/a", "s3://", "s3:///a", "s3://Bucket/a", "s3://ab/x", "s3://b$cket/x"])
        func `what is not an s3 URL is refused`(text: String) {
            #expect(S3Location(text) == nil)
        }

        @Test func `a profile's section holds its own settings only`() {
            let text = "[default]\nregion = eu-west-1\n# x\n[profile work]\nregion=us-west-2\naws_access_key_id = A\n"
            #expect(CredentialChain.parse(text, section: "default") == ["region": "eu-west-1"])
            #expect(CredentialChain.parse(text, section: "profile work")["aws_access_key_id"] == "A")
        }

        @Test(arguments: [
            ("http://169.254.170.2/x", true), ("http://localhost:8080/x", true), ("https://example.com/x", true),
            ("http://example.com/x", false), ("ftp://localhost/x", false), ("", false),
        ]) func `credentials travel in the clear only inside the host`(url: String, isAllowed: Bool) {
            #expect(CredentialChain.isAllowed(url) == isAllowed)
        }

        /// A chain on files of its own, and no network.
        private func chain(
            _ config: String, _ credentials: String, profile: String?, environment more: [String: String] = [:],
            _ body: (CredentialChain) throws -> Void
        ) throws {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("aws-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let files = ["config": config, "credentials": credentials]
            for (name, text) in files { try Data(text.utf8).write(to: folder.appendingPathComponent(name)) }
            var environment = [
                "AWS_CONFIG_FILE": folder.appendingPathComponent("config").path,
                "AWS_SHARED_CREDENTIALS_FILE": folder.appendingPathComponent("credentials").path,
                "AWS_EC2_METADATA_DISABLED": "true",
            ]
            environment.merge(more) { _, new in new }
            let transport = HTTPTransport(connectTimeoutSeconds: 1)
            defer { transport.shutdown() }
            try body(CredentialChain(environment: environment, profile: profile, transport: transport))
        }

        static let keys = "aws_access_key_id = AKIA\naws_secret_access_key = s/e+c==\n"

        @Test func `a profile that is named goes before the environment, for credentials alone`() throws {
            let environment = ["AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-2"]
            let config = "[profile work]\nregion = eu-west-1\nendpoint_url = http://localhost:1\n"
            try chain(config, "[work]\n" + Self.keys, profile: "work", environment: environment) { chain in
                let found = try chain.credentials()
                #expect(found == AWSCredentials(accessKeyID: "AKIA", secretAccessKey: "s/e+c=="))
                // As boto3: Session(profile_name="work").region_name with AWS_DEFAULT_REGION.
                #expect(chain.region() == "us-east-2")
                #expect(chain.endpoint(service: "S3") == "http://localhost:1")
            }
            try chain(config, "[work]\n" + Self.keys, profile: "work") { chain in
                #expect(chain.region() == "eu-west-1")
            }
            try chain(config, "[work]\n" + Self.keys, profile: nil, environment: environment) { chain in
                let found = try chain.credentials()
                #expect(found.accessKeyID == "ENV")
                #expect(chain.region() == "us-east-2")
                #expect(chain.endpoint(service: "S3") == nil)
            }
        }

        @Test func `an empty region of the environment hides no other`() throws {
            let environment = ["AWS_REGION": "", "AWS_DEFAULT_REGION": "ap-south-1"]
            try chain("[default]\nregion = eu-west-1\n", Self.keys, profile: nil, environment: environment) { chain in
                #expect(chain.region() == "ap-south-1")
            }
            try chain("[default]\nregion = eu-west-1\n", Self.keys, profile: nil, environment: ["AWS_REGION": ""]) {
                #expect($0.region() == "eu-west-1")
            }
        }

        @Test(arguments: ["sso_session = corp", "role_arn = arn:aws:iam::1:role/x", "credential_process = /bin/x"])
        func `a profile with keys from elsewhere says what to run`(line: String) throws {
            try chain("[profile p]\n\(line)\n", "", profile: "p") { chain in
                let error = #expect(throws: CloudError.self) { try chain.credentials() }
                #expect(error?.code == .noCredentials)
                #expect(error?.description.contains("aws configure export-credentials --profile p") == true)
            }
        }

        @Test func `credentials are renewed before they end, and old ones serve while that fails`() throws {
            let time = Mutex<Int64>(1000)
            let loads = Mutex(0)
            let source = CredentialSource(now: { time.withLock { $0 } }) { () throws(CloudError) in
                let number = loads.withLock { value in
                    value += 1
                    return value
                }
                if number == 2 { throw CloudError(.unavailable, "x", problem: "y", remedy: "z") }
                return AWSCredentials(
                    accessKeyID: "\(number)", secretAccessKey: "", expiration: number < 3 ? 5000 : 50_000)
            }
            #expect(try source.credentials().accessKeyID == "1")
            time.withLock { $0 = 4000 }
            #expect(try source.credentials().accessKeyID == "1")
            // Within ten minutes of the end: asked for again, which fails once.
            time.withLock { $0 = 4500 }
            #expect(try source.credentials().accessKeyID == "1")
            #expect(try source.credentials().accessKeyID == "3")
            source.discard(try source.credentials())
            #expect(try source.credentials().accessKeyID == "4")
        }
    }
#endif
