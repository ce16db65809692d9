#if Cloud
    import ForensicsCloud
    import Testing

    /// What AWS answers when it does not do what it was asked, in the forms of its protocols.
    @Suite struct ServiceAnswerTests {
        static func refusal(_ status: Int, _ body: String, _ headers: [String: String] = [:]) -> ServiceRefusal {
            ServiceRefusal(HTTPTransport.Answer(status: status, headers: headers, body: Array(body.utf8)))
        }

        @Test func `the code is found in XML, JSON and headers`() {
            let xml = Self.refusal(
                403, "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
            #expect(xml == ServiceRefusal(status: 403, code: "AccessDenied", message: "Access Denied"))
            let query = Self.refusal(
                400,
                "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>x</Message></Error></ErrorResponse>"
            )
            #expect(query.code == "Throttling" && query.isTemporary)
            let json = Self.refusal(
                400, #"{"__type":"com.amazonaws.logs#ResourceNotFoundException","message":"no group"}"#)
            #expect(json == ServiceRefusal(status: 400, code: "ResourceNotFoundException", message: "no group"))
            let header = Self.refusal(
                400, "{}", ["x-amzn-errortype": "AccessDeniedException:http://internal.amazon.com/"])
            #expect(header.code == "AccessDeniedException" && header.isDenial)
            #expect(Self.refusal(500, "<html>").isTemporary)
            #expect(Self.refusal(404, "").error("x", action: "y").code == .notFound)
        }

        @Test(arguments: [
            ("SlowDown", 503, CloudError.Code.unavailable), ("ThrottlingException", 400, .unavailable),
            ("RequestTimeTooSkewed", 403, .accessDenied), ("ExpiredToken", 400, .accessDenied),
            ("InvalidAccessKeyId", 403, .accessDenied), ("AccessDenied", 403, .accessDenied),
            ("NoSuchKey", 404, .notFound), ("InvalidRequest", 400, .malformed),
        ]) func `each refusal has its remedy`(code: String, status: Int, expected: CloudError.Code) {
            let error = Self.refusal(status, "<Error><Code>\(code)</Code></Error>").error(
                "s3://b/k", action: "s3:GetObject")
            #expect(error.code == expected)
            #expect(error.description.hasPrefix("s3://b/k: ") && error.description.contains(code))
            #expect(error.description.contains("s3:GetObject") == (code == "AccessDenied"))
        }

        @Test func `an HTTP date is read`() {
            // RFC 9110, section 5.6.7.
            #expect(SignedConnection.time("Sun, 06 Nov 1994 08:49:37 GMT") == 784_111_777)
            #expect(SignedConnection.time("nonsense") == nil)
        }

        @Test func `waits grow to a limit and differ between subjects`() {
            let policy = RetryPolicy(attempts: 8, firstDelay: 0.2, longestDelay: 5)
            let delays = (1...8).map { policy.delay(after: $0, subject: "s3://b/k") }
            for (index, delay) in delays.enumerated() {
                let full = min(5, 0.2 * Double(1 << index))
                #expect(delay >= full / 2 && delay <= full)
            }
            #expect(policy.delay(after: 3, subject: "a") != policy.delay(after: 3, subject: "b"))
        }
    }
#endif
