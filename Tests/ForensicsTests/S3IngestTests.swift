#if Cloud
    import Foundation
    import Testing

    /// `ingest s3://` gives the case that the same files give, whatever the network does.
    @Suite(
        .enabled(if: Program.path != nil), .enabled(if: LocalAWS.isInstalled, "Python's moto[server] is not installed"),
        .serialized)
    struct S3IngestTests {
        static let logs = "AWSLogs/123456789012/elasticloadbalancing/us-east-1/"

        static func ingest(
            _ store: String, _ inputs: [String], _ more: [String] = [], at endpoint: String,
            environment: [String: String] = LocalAWS.environment, killedAfter: Double? = nil
        ) throws -> Program.Result {
            try Program.run(
                ["ingest"] + inputs + ["--store", store, "--endpoint-url", endpoint] + more, killedAfter: killedAfter,
                environment: environment)
        }

        /// Every view, with the place of the inputs taken out of their paths.
        static func exported(_ store: String, without place: String) throws -> [String: String] {
            try ResumeTests.exported(store).mapValues { $0.replacing(place, with: "") }
        }

        @Test func `two thousand objects, killed, throttled and cut, give the case of the same files`() throws {
            let folder = try Folder()
            defer { folder.remove() }
            let aws = try LocalAWS()
            defer { aws.end() }
            try LocalAWS.logs(folder.path("in"), count: 2000)
            try aws.upload(folder.path("in"), bucket: "logs", prefix: "in/")
            let local = folder.path("local.db")
            #expect(try Program.run(["ingest", folder.path("in"), "--store", local, "--quiet"]).status == 0)
            let expected = try Self.exported(local, without: folder.path("in") + "/")
            #expect(expected["sources"]?.split(separator: "\n").count == 2001)

            // Undisturbed, through the proxy that counts.
            let whole = folder.path("whole.db")
            let begun = Date()
            let run = try Self.ingest(whole, ["s3://logs/in/"], ["--progress", "json"], at: aws.proxy)
            let duration = Date().timeIntervalSince(begun)
            #expect(run.status == 0, "\(run.errors)")
            // Progress counts objects and their bytes.
            let told = run.errors.split(separator: "\n").last.map { LakeTools.json(String($0)) } ?? [:]
            #expect(told["inputs"] as? Int == 2000 && told["total_inputs"] as? Int == 2000, "\(told)")
            #expect(told["bytes"] as? Int ?? 0 > 100_000 && told["bytes"] as? Int == told["total_bytes"] as? Int)
            let views = try Self.exported(whole, without: "s3://logs/in/")
            #expect(ResumeTests.differences(views, expected).isEmpty)
            var asked = try aws.faults("{}")
            #expect(asked.filter { $0.path.contains("list-type") }.count == 2, "two pages")
            let objects = asked.filter(\.isObject)
            #expect(objects.count == 2000 && Set(objects.map(\.path)).count == 2000, "each object once")

            // Again: nothing is fetched.
            let again = try Self.ingest(whole, ["s3://logs/in/"], at: aws.proxy)
            #expect(again.status == 0 && again.output.contains("2000 in the case already"))
            asked = try aws.faults(#"{"throttle": 7, "cut": 5}"#)
            #expect(asked.filter(\.isObject).isEmpty)

            // Every seventh request is refused, every fifth object comes by half, and the run is killed on its way.
            let killed = folder.path("killed.db")
            let dead = try Self.ingest(killed, ["s3://logs/in/"], at: aws.proxy, killedAfter: duration / 2)
            #expect(dead.status == -9)
            let before = try aws.faults(#"{"throttle": 7, "cut": 5}"#).filter { $0.isObject && $0.status < 300 }
            #expect(before.count > 10)
            let resumed = try Self.ingest(killed, ["s3://logs/in/"], ["--jobs", "4"], at: aws.proxy)
            #expect(resumed.status == 0, "\(resumed.errors)")
            asked = try aws.faults("{}")
            #expect(asked.contains { $0.status == 503 })
            #expect(asked.contains { $0.range.map { !$0.hasPrefix("bytes=0-") } ?? false }, "taken up where it broke")
            // What was whole before the kill is not fetched again.
            #expect(Set(asked.filter(\.isObject).map(\.path)).count < 2000)
            let after = try Self.exported(killed, without: "s3://logs/in/")
            #expect(ResumeTests.differences(after, expected).isEmpty)
        }

        @Test func `captures and logs of S3 give the case of the same files, in little memory too`() throws {
            let folder = try Folder()
            defer { folder.remove() }
            let aws = try LocalAWS()
            defer { aws.end() }
            let inputs = ["AWSLogs", "captures"].map { SampleIncidentTests.path($0) }
            try aws.upload(SampleIncidentTests.path("AWSLogs"), bucket: "evidence", prefix: "x/AWSLogs/")
            try aws.upload(SampleIncidentTests.path("captures"), bucket: "evidence", prefix: "x/captures/")
            let (local, remote) = (folder.path("local.db"), folder.path("remote.db"))
            #expect(try ResumeTests.ingest(local, inputs: inputs).status == 0)
            let expected = try Self.exported(local, without: SampleIncidentTests.path("") + "/")
            let owners = ["--owners", SampleIncidentTests.path("owners.csv"), "--max-memory", "64M"]
            let run = try Self.ingest(remote, ["s3://evidence/x/"], owners, at: aws.moto)
            #expect(run.status == 0, "\(run.errors)")
            let views = try Self.exported(remote, without: "s3://evidence/x/")
            #expect(ResumeTests.differences(views, expected).isEmpty)

            // A capture that comes later: its set is tracked again as a whole, from S3.
            let parts = folder.path("parts.db")
            let first = try Self.ingest(parts, ["s3://evidence/x/captures/target-a.pcap0.gz"], owners, at: aws.moto)
            #expect(first.status == 0, "\(first.errors)")
            let second = try Self.ingest(parts, ["s3://evidence/x/"], owners, at: aws.moto)
            #expect(second.status == 0, "\(second.errors)")
            let joined = try Self.exported(parts, without: "s3://evidence/x/")
            #expect(ResumeTests.differences(joined, expected).isEmpty)

            // Packets stay on S3, and `carve` says so; hashes are made from there.
            let carved = try Program.run(
                ["carve", "--client", "198.51.100.67", "--store", remote, "--output", folder.path("x.pcapng")])
            #expect(carved.status == 65 && carved.errors.contains("lies on S3"), "\(carved.errors)")
            let environment = LocalAWS.environment.merging(["AWS_ENDPOINT_URL": aws.moto]) { _, new in new }
            let hashed = try Program.run(
                ["sources", "--hash", "--format", "csv", "--store", remote], environment: environment)
            let plain = try Program.run(["sources", "--hash", "--format", "csv", "--store", local])
            #expect(hashed.status == 0, "\(hashed.errors)")
            #expect(
                hashed.output.replacing("s3://evidence/x/", with: "")
                    == plain.output.replacing(SampleIncidentTests.path("") + "/", with: ""))
        }

        @Test func `a window lists its own days, and two prefixes can be compared`() throws {
            let folder = try Folder()
            defer { folder.remove() }
            let aws = try LocalAWS()
            defer { aws.end() }
            let sample = SampleIncidentTests.path("AWSLogs")
            try aws.upload(sample, bucket: "logs", prefix: "AWSLogs/")
            for day in ["2026/03/14", "2026/03/16", "2026/03/18", "2026/02/28", "2025/03/17"] {
                let file = folder.path("other.log")
                try Data("x".utf8).write(to: URL(fileURLWithPath: file))
                try aws.upload(file, bucket: "logs", prefix: Self.logs + day + "/")
            }
            let window = ["--from", "2026-03-17T09:20:00Z", "--to", "2026-03-17T09:35:00Z"]
            let store = folder.path("case.db")
            _ = try Self.ingest(store, ["s3://logs"], window, at: aws.proxy)
            let asked = try aws.faults("{}")
            let prefixes = asked.compactMap { URLComponents(string: $0.path)?.queryItems }
                .compactMap { $0.first { $0.name == "prefix" }?.value }
            #expect(prefixes.contains(Self.logs + "2026/03/17/") && prefixes.contains(Self.logs + "2026/03/18/"))
            let others = ["2026/03/14/", "2026/03/16/", "2026/02/", "2025/"].map { Self.logs + $0 }
            #expect(prefixes.allSatisfy { prefix in !others.contains { prefix.hasPrefix($0) } })
            #expect(asked.filter(\.isObject).allSatisfy { !$0.path.contains("0905Z") })
            // The same records as from the files.
            let local = folder.path("local.db")
            #expect(try Program.run(["ingest", sample, "--store", local, "--quiet"] + window).status == 0)
            for view in ["requests", "connections", "health_checks", "findings"] {
                let texts = try [store, local].map {
                    try Program.run(["query", "SELECT count(*) FROM \(view)", "--store", $0, "--format", "csv"]).output
                }
                #expect(texts[0] == texts[1], "\(view)")
            }
        }

        @Test func `compare reads evidence on S3`() throws {
            let folder = try Folder()
            defer { folder.remove() }
            let aws = try LocalAWS()
            defer { aws.end() }
            let base = SampleIncidentTests.path(Self.logs + "2026/03/17")
            let names = try FileManager.default.contentsOfDirectory(atPath: base).filter { $0.contains("_app.") }
            for (side, times) in [("quiet", ["0925Z", "0930Z"]), ("bad", ["0940Z", "0945Z"])] {
                let part = folder.path(side)
                try FileManager.default.createDirectory(atPath: part, withIntermediateDirectories: true)
                for name in names where times.contains(where: { name.contains($0) }) {
                    try FileManager.default.copyItem(atPath: "\(base)/\(name)", toPath: "\(part)/\(name)")
                }
                try aws.upload(part, bucket: "logs", prefix: "\(side)/")
            }
            let environment = LocalAWS.environment.merging(["AWS_ENDPOINT_URL": aws.moto]) { _, new in new }
            let remote = try Program.run(
                ["compare", "--before", "s3://logs/quiet/", "--during", "s3://logs/bad/", "--format", "json"],
                environment: environment)
            let local = try Program.run(
                [
                    "compare", "--before", folder.path("quiet"), "--during", folder.path("bad"), "--format", "json",
                ])
            #expect(remote.status == 0, "\(remote.errors)")
            #expect(remote.output == local.output)
        }

        @Test func `profile and region are the ones that were named`() throws {
            let folder = try Folder()
            defer { folder.remove() }
            let aws = try LocalAWS()
            defer { aws.end() }
            try LocalAWS.logs(folder.path("in"), count: 2)
            try aws.upload(folder.path("in"), bucket: "logs", prefix: "in/")
            let keys =
                "[default]\naws_access_key_id=AKIADEFAULT\naws_secret_access_key=x\n"
                + "[ops]\naws_access_key_id=AKIAOPS\naws_secret_access_key=y\n"
            let environment = LocalAWS.environment.merging([
                "AWS_SHARED_CREDENTIALS_FILE": try folder.file("credentials", Data(keys.utf8)).path,
                "AWS_CONFIG_FILE": try folder.file("config", Data("[profile ops]\nregion=eu-west-3\n".utf8)).path,
                "AWS_REGION": "",
            ]) { $1 }
            for (arguments, region) in [([], "eu-west-3"), (["--region", "eu-north-1"], "eu-north-1")] {
                let run = try Self.ingest(
                    folder.path("\(region).db"), ["s3://logs/in/"], ["--profile", "ops"] + arguments, at: aws.proxy,
                    environment: environment)
                #expect(run.status == 0, "\(run.errors)")
                let asked = try aws.faults("{}")
                #expect(asked.count > 2)
                #expect(asked.allSatisfy { $0.signer.hasPrefix("AKIAOPS/") && $0.signer.contains("/\(region)/s3/") })
            }
        }

        @Test func `what is denied names the action`() throws {
            let folder = try Folder()
            defer { folder.remove() }
            let aws = try LocalAWS()
            defer { aws.end() }
            try LocalAWS.logs(folder.path("in"), count: 40)
            try aws.upload(folder.path("in"), bucket: "logs", prefix: "in/")
            let policy = { (actions: String) in
                #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[\#(actions)],"Resource":"*"}]}"#
            }
            let lister = try aws.user(policy: policy(#""s3:ListBucket""#))
            let run = try Self.ingest(folder.path("a.db"), ["s3://logs/in/"], at: aws.moto, environment: lister)
            #expect(run.status == 77)
            #expect(run.errors.contains("s3:GetObject") && run.errors.contains("access denied"), "\(run.errors)")
            // Not one line for each of them.
            #expect(run.errors.split(separator: "\n").count < 30)
        }

        @Test func `a listing that is denied names the action`() throws {
            let folder = try Folder()
            defer { folder.remove() }
            let aws = try LocalAWS()
            defer { aws.end() }
            try aws.upload(SampleIncidentTests.path("owners.csv"), bucket: "logs", prefix: "in/")
            let policy =
                #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#
            let reader = try aws.user(policy: policy)
            let run = try Self.ingest(folder.path("b.db"), ["s3://logs/in/"], at: aws.moto, environment: reader)
            #expect(run.status == 77 && run.errors.contains("s3:ListBucket"), "\(run.errors)")
            let stranger = LocalAWS.environment.merging(["AWS_ACCESS_KEY_ID": "AKIANOBODY"]) { _, new in new }
            let unknown = try Self.ingest(folder.path("c.db"), ["s3://logs/in/"], at: aws.moto, environment: stranger)
            #expect(unknown.status == 77 && unknown.errors.contains("not accepted"), "\(unknown.errors)")
        }

        @Test func `nobody there, no bucket, no object, no credentials`() throws {
            let folder = try Folder()
            defer { folder.remove() }
            let aws = try LocalAWS()
            defer { aws.end() }
            let store = folder.path("case.db")
            let refused = try Self.ingest(store, ["s3://logs/in/"], at: "http://127.0.0.1:9")
            #expect(refused.status == 69 && refused.errors.contains("s3://logs/in/"), "\(refused.errors)")
            let noBucket = try Self.ingest(store, ["s3://nowhere/in/"], at: aws.moto)
            #expect(noBucket.status == 66 && noBucket.errors.contains("no such bucket"), "\(noBucket.errors)")
            try aws.upload(SampleIncidentTests.path("owners.csv"), bucket: "logs", prefix: "in/")
            let noObject = try Self.ingest(store, ["s3://logs/other/"], at: aws.moto)
            #expect(noObject.status == 66 && noObject.errors.contains("holds no object"), "\(noObject.errors)")
            let badName = try Self.ingest(store, ["s3://Logs_x/in/"], at: aws.moto)
            #expect(badName.status == 64 && badName.errors.contains("is no s3://bucket/prefix"), "\(badName.errors)")
            let nobody = LocalAWS.environment.merging(
                ["AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "HOME": "/nonexistent"]) { _, new in new }
            let noKeys = try Self.ingest(store, ["s3://logs/in/"], at: aws.moto, environment: nobody)
            #expect(noKeys.status == 77 && noKeys.errors.contains("no credentials"), "\(noKeys.errors)")
            // A clock that is off is no obstacle, and who pays is said.
            try aws.faults(#"{"skew": 7200}"#)
            let other = try Self.ingest(store, ["s3://logs/in/"], ["--requester-pays"], at: aws.proxy)
            let asked = try aws.faults(#"{"down": true}"#)
            #expect(asked.contains { $0.isObject && $0.status == 206 }, "\(other.errors)")
            #expect(asked.allSatisfy { $0.payer == "requester" })
            let down = try Self.ingest(store, ["s3://logs/in/"], at: aws.proxy)
            #expect(down.status == 69, "\(down.errors)")
        }
    }
#endif
