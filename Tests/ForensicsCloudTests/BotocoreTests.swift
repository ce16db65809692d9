#if Cloud
    import ForensicsCloud
    import Foundation
    import Testing

    /// Python with botocore, the signer of AWS's own tools.
    private enum Botocore {
        static let script: String = {
            var folder = URL(fileURLWithPath: #filePath)
            while folder.path != "/",
                !FileManager.default.fileExists(atPath: folder.appendingPathComponent("Makefile").path)
            {
                folder.deleteLastPathComponent()
            }
            return folder.appendingPathComponent("Tests/Oracles/sigv4.py").path
        }()

        static let isInstalled = (try? python(["-c", "import botocore.auth; print(1)"], "")) == "1\n"

        static func python(_ arguments: [String], _ input: String) throws -> String {
            let process = Process()
            let (standardInput, output) = (Pipe(), Pipe())
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["python3"] + arguments
            process.standardInput = standardInput
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
            try standardInput.fileHandleForWriting.close()
            let data = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return String(decoding: data, as: UTF8.self)
        }
    }

    /// Signatures are those of botocore for the same requests.
    @Suite(.enabled(if: Botocore.isInstalled, "Python's botocore is not installed")) struct BotocoreTests {
        struct Item: Encodable {
            var method: String
            var url: String
            var headers: [String: String]
            var body: [UInt8]
            var service: String
            var region: String
            var key = "AKIDEXAMPLE"
            var secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
            var token: String?
            var time: Int64
        }

        struct Case {
            var service: String
            var method: String
            var path: String
            var query: [(name: String, value: String)] = []
            var headers: [(name: String, value: String)] = []
            var body = ""
            var token: String?
        }

        static let cases: [Case] = [
            Case(service: "s3", method: "GET", path: "/bucket/key"),
            Case(
                service: "s3", method: "GET", path: "/bucket/",
                query: [("list-type", "2"), ("prefix", "AWSLogs/1/ä ö+&=?#%/~*'()!")]),
            Case(
                service: "s3", method: "GET", path: "/bucket/",
                query: [
                    ("list-type", "2"), ("continuation-token", "1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM="),
                    ("delimiter", "/"), ("encoding-type", "url"), ("max-keys", "1000"), ("prefix", ""),
                ]),
            Case(service: "s3", method: "GET", path: "/bucket//a//b/../c/./d", token: "FwoGZXIvYXdzE//=="),
            Case(service: "s3", method: "GET", path: "/bucket/a b+c=d&e:f;g,h@i$j'k(l)m*n!o~p\u{1F600}%41"),
            Case(
                service: "s3", method: "GET", path: "/bucket/key",
                headers: [
                    ("range", "bytes=5-9"), ("if-match", "\"d41d8cd98f00b204\""), ("x-amz-request-payer", "requester"),
                ],
                token: "a/b+c=="),
            Case(
                service: "monitoring", method: "POST", path: "/",
                headers: [
                    ("content-type", "application/x-amz-json-1.0"),
                    ("x-amz-target", "GraniteServiceVersion20100801.PutMetricData"),
                ],
                body: #"{"Namespace":"LBTrafficAnalyzer"}"#),
            Case(
                service: "logs", method: "POST", path: "/",
                headers: [
                    ("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "Logs_20140328.PutLogEvents"),
                ],
                body: #"{"logEvents":[{"message":"ü"}]}"#, token: "t"),
            Case(
                service: "sns", method: "POST", path: "/",
                headers: [("content-type", "application/x-www-form-urlencoded; charset=utf-8")],
                body: "Action=Publish&Message=a%20b"),
            Case(service: "athena", method: "POST", path: "/a b/c", query: [("a b", "c+d"), ("a", ""), ("A", "1")]),
        ]

        @Test func `every request is signed as botocore signs it`() throws {
            let time: Int64 = 1_773_739_200
            let (region, host) = ("eu-central-1", "127.0.0.1:4566")
            let items = Self.cases.map { item in
                let search = SignatureV4.queryString(item.query)
                let path = SignatureV4.encode(item.path, keepsSlash: true)
                return Item(
                    method: item.method, url: "http://\(host)\(path)" + (search.isEmpty ? "" : "?\(search)"),
                    headers: Dictionary(uniqueKeysWithValues: item.headers.map { ($0.name, $0.value) }),
                    body: Array(item.body.utf8), service: item.service, region: region, token: item.token, time: time)
            }
            let input = String(decoding: try JSONEncoder().encode(items), as: UTF8.self)
            let answer = try Botocore.python([Botocore.script], input)
            let expected = try JSONDecoder().decode([String].self, from: Data(answer.utf8))
            #expect(expected.count == Self.cases.count)
            for (item, expected) in zip(Self.cases, expected) {
                let credentials = AWSCredentials(
                    accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                    sessionToken: item.token)
                let request = SignatureV4.Request(
                    method: item.method, path: item.path, query: item.query, headers: [("host", host)] + item.headers,
                    body: Array(item.body.utf8))
                let signed = SignatureV4(credentials: credentials, region: region, service: item.service)
                    .sign(request, at: time)
                #expect(signed.first { $0.name == "authorization" }?.value == expected, "\(item.service) \(item.path)")
            }
        }
    }
#endif
