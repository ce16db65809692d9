#if Cloud
    import Foundation

    /// A service of AWS that is spoken to by POST requests: CloudWatch, CloudWatch Logs, SNS.
    ///
    /// One call is one try: whoever calls decides whether and when to try again (`CloudError.unavailable`).
    package struct ServiceClient: Sendable {
        /// How requests are written.
        package enum Form: Sendable {
            /// `Action=…&Version=…` as a form, answers in XML.
            case query(version: String)
            /// `X-Amz-Target: PREFIX.Action` and a JSON document.
            case json(target: String)
        }

        private let session: AWSSession
        private let form: Form
        /// The signing name, which is also the name in the IAM actions but for `monitoring` (`cloudwatch`).
        private let service: String
        private let region: String
        private let base: String

        /// - Parameters:
        ///   - service: name in host names and signatures.
        ///   - setting: name in settings such as AWS_ENDPOINT_URL_CLOUDWATCH.
        ///   - region: `nil` for the session's.
        package init(_ session: AWSSession, _ form: Form, service: String, setting: String, region: String? = nil) {
            self.session = session
            self.form = form
            self.service = service
            let region = region ?? session.region
            self.region = region
            let domain = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
            base = session.endpoint(service: setting) ?? "https://\(service).\(region).\(domain)"
        }

        /// Calls an action with the members of a form.
        func call(
            _ action: String, _ members: [(name: String, value: String)], subject: String, permission: String
        ) throws(CloudError) -> String {
            guard case .query(let version) = form else { return "" }
            let fields = [(name: "Action", value: action), (name: "Version", value: version)] + members
            let body = fields.map {
                SignatureV4.encode($0.name, keepsSlash: false) + "=" + SignatureV4.encode($0.value, keepsSlash: false)
            }.joined(separator: "&")
            let headers = [(name: "content-type", value: "application/x-www-form-urlencoded; charset=utf-8")]
            return try send(headers, Array(body.utf8), subject, permission)
        }

        /// Calls an action with a JSON document.
        func call(
            _ action: String, _ document: some Encodable, subject: String, permission: String
        ) throws(CloudError) -> String {
            guard case .json(let target) = form else { return "" }
            guard let body = try? JSONEncoder().encode(document) else {
                throw CloudError(.malformed, subject, problem: "cannot be written as JSON", remedy: "report this")
            }
            let headers = [
                (name: "content-type", value: "application/x-amz-json-1.1"),
                (name: "x-amz-target", value: "\(target).\(action)"),
            ]
            return try send(headers, Array(body), subject, permission)
        }

        private func send(
            _ headers: [(name: String, value: String)], _ body: [UInt8], _ subject: String, _ permission: String
        ) throws(CloudError) -> String {
            let answer = try session.connection.send(
                SignedConnection.Request(
                    method: "POST", base: base, path: "/", headers: headers, body: body, service: service,
                    region: region))
            guard (200...299).contains(answer.status), answer.breakReason == nil else {
                let refusal = ServiceRefusal(answer)
                // Logs answers 400 for a group or stream that is not there.
                if refusal.code == "ResourceNotFoundException" || refusal.code == "NotFound" {
                    throw CloudError(
                        .notFound, subject, problem: "does not exist (\(refusal.code))", remedy: "check the name")
                }
                throw refusal.error(subject, action: permission)
            }
            return answer.text
        }
    }
#endif
