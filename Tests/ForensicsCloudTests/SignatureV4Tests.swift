#if Cloud
    import ForensicsCloud
    import Testing

    /// AWS's published test suite for Signature Version 4 (service "service", us-east-1, 2015-08-30T12:36:00Z).
    @Suite struct SignatureV4Tests {
        static let credentials = AWSCredentials(
            accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
        static let time: Int64 = 1_440_938_160

        static func signature(_ request: SignatureV4.Request) -> String? {
            SignatureV4(credentials: credentials, region: "us-east-1", service: "service").sign(request, at: time)
                .first { $0.name == "authorization" }?.value.split(separator: "Signature=").last.map(String.init)
        }

        @Test func `get-vanilla`() {
            let request = SignatureV4.Request(method: "GET", path: "/", headers: [("host", "example.amazonaws.com")])
            #expect(Self.signature(request) == "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")
        }

        @Test func `get-vanilla-query-order-key-case`() {
            let request = SignatureV4.Request(
                method: "GET", path: "/", query: [("Param2", "value2"), ("Param1", "value1")],
                headers: [("host", "example.amazonaws.com")])
            #expect(Self.signature(request) == "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")
        }

        @Test func `post-vanilla`() {
            let request = SignatureV4.Request(method: "POST", path: "/", headers: [("host", "example.amazonaws.com")])
            #expect(Self.signature(request) == "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")
        }

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
    }
#endif
