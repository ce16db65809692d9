#if Cloud
    import Foundation

    /// Starts queries, watches them and fetches their rows. Amazon Athena API, JSON 1.1.
    package final class AthenaClient: Sendable {
        private let credentials: AWSCredentials
        private let region: String
        private let endpoint: String
        private let transport: HTTPTransport
        private let now: @Sendable () -> Int64

        /// - Parameters:
        ///   - endpoint: `nil` for AWS itself.
        ///   - now: seconds since 1970.
        package init(
            credentials: AWSCredentials, region: String, endpoint: String?, transport: HTTPTransport,
            now: @escaping @Sendable () -> Int64
        ) {
            self.credentials = credentials
            self.region = region
            let suffix = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
            let base = endpoint ?? "https://athena.\(region).\(suffix)"
            self.endpoint = base.hasSuffix("/") ? String(base.dropLast()) : base
            self.transport = transport
            self.now = now
        }

        /// Where a query stands.
        package struct Execution: Sendable, Equatable {
            package var state: AthenaState
            /// Why it failed, or `nil`.
            package var reason: String?
            /// Bytes read so far.
            package var scannedBytes: Int64
        }

        /// A page of an answer. The first page of a SELECT repeats the names of the columns as a row.
        package struct Page: Sendable, Equatable {
            package var columns: [String]
            package var rows: [[String?]]
            package var nextToken: String?
        }

        /// Starts a query and returns its id.
        ///
        /// - Parameter token: the same token twice starts one query; 32 to 128 characters.
        package func start(
            _ query: String, database: String?, workgroup: String?, output: String?, token: String
        ) throws(CloudError) -> String {
            var body: [String: Any] = ["QueryString": query, "ClientRequestToken": token]
            if let database { body["QueryExecutionContext"] = ["Database": database] }
            if let workgroup { body["WorkGroup"] = workgroup }
            if let output { body["ResultConfiguration"] = ["OutputLocation": output] }
            let answer = try call("StartQueryExecution", body)
            guard let id = answer["QueryExecutionId"] as? String, !id.isEmpty else {
                throw Self.malformed("StartQueryExecution")
            }
            return id
        }

        /// Returns where a query stands.
        package func execution(_ id: String) throws(CloudError) -> Execution {
            let answer = try call("GetQueryExecution", ["QueryExecutionId": id])
            guard let execution = answer["QueryExecution"] as? [String: Any],
                let status = execution["Status"] as? [String: Any],
                let state = (status["State"] as? String).flatMap(AthenaState.init)
            else { throw Self.malformed("GetQueryExecution") }
            let statistics = execution["Statistics"] as? [String: Any]
            let scanned = (statistics?["DataScannedInBytes"] as? NSNumber)?.int64Value ?? 0
            return Execution(state: state, reason: status["StateChangeReason"] as? String, scannedBytes: scanned)
        }

        /// Asks that a query end.
        package func stop(_ id: String) throws(CloudError) {
            _ = try call("StopQueryExecution", ["QueryExecutionId": id])
        }

        /// Returns a page of a query's rows, a thousand at most.
        package func page(_ id: String, token: String?) throws(CloudError) -> Page {
            var body: [String: Any] = ["QueryExecutionId": id, "MaxResults": 1000]
            if let token { body["NextToken"] = token }
            let answer = try call("GetQueryResults", body)
            guard let set = answer["ResultSet"] as? [String: Any] else { throw Self.malformed("GetQueryResults") }
            let metadata = set["ResultSetMetadata"] as? [String: Any]
            let columns = metadata?["ColumnInfo"] as? [[String: Any]] ?? []
            let rows = set["Rows"] as? [[String: Any]] ?? []
            return Page(
                columns: columns.map { $0["Name"] as? String ?? "" },
                rows: rows.map { row in
                    (row["Data"] as? [[String: Any]] ?? []).map { $0["VarCharValue"] as? String }
                }, nextToken: answer["NextToken"] as? String)
        }

        // MARK: - Calls

        private static func error(
            _ code: CloudError.Code, _ action: String, _ problem: String, _ remedy: String
        ) -> CloudError {
            CloudError(code, "athena:\(action): \(problem); \(remedy).")
        }

        private static func malformed(_ action: String) -> CloudError {
            error(.malformed, action, "the answer is not what the API promises", "check the endpoint")
        }

        /// Sends a signed request, again after a moment where the service is busy or the line broke, four times at most.
        private func call(_ action: String, _ body: [String: Any]) throws(CloudError) -> [String: Any] {
            guard let data = try? JSONSerialization.data(withJSONObject: body, options: [.sortedKeys]) else {
                throw Self.error(.usage, action, "the statement cannot be written as JSON", "check its text")
            }
            var failure = Self.error(.unavailable, action, "no answer", "try again later")
            for attempt in 0..<4 {
                if attempt > 0 { Thread.sleep(forTimeInterval: 0.2 * Double(1 << attempt)) }
                do throws(CloudError) {
                    return try Self.read(action, try once(action, [UInt8](data)))
                } catch {
                    guard error.code == .unavailable else { throw error }
                    failure = error
                }
            }
            throw failure
        }

        private func once(_ action: String, _ body: [UInt8]) throws(CloudError) -> HTTPTransport.Answer {
            guard let parts = URLComponents(string: endpoint), let host = parts.host, parts.scheme != nil else {
                throw Self.error(.usage, action, "--endpoint-url \(endpoint) is no URL", "use http://host:port")
            }
            let headers = [
                (name: "host", value: parts.port.map { "\(host):\($0)" } ?? host),
                (name: "content-type", value: "application/x-amz-json-1.1"),
                (name: "x-amz-target", value: "AmazonAthena.\(action)"),
            ]
            let request = SignatureV4.Request(method: "POST", path: "/", headers: headers, body: body)
            let signed = SignatureV4(credentials: credentials, region: region, service: "athena")
                .sign(request, at: now())
            return try transport.send(method: "POST", url: endpoint + "/", headers: signed, body: body)
        }

        /// The members of an answer; an error of the service by its name.
        private static func read(_ action: String, _ answer: HTTPTransport.Answer) throws(CloudError) -> [String: Any] {
            let object = (try? JSONSerialization.jsonObject(with: Data(answer.body))) as? [String: Any]
            if (200...299).contains(answer.status) {
                if let object { return object }
                if answer.body.isEmpty { return [:] }
                throw malformed(action)
            }
            let type = (object?["__type"] as? String)?.split(separator: "#").last.map(String.init) ?? ""
            let message = object?["message"] as? String ?? object?["Message"] as? String ?? ""
            let problem = (type.isEmpty ? "status \(answer.status)" : type) + (message.isEmpty ? "" : ": \(message)")
            switch type {
            case "TooManyRequestsException", "ThrottlingException", "InternalServerException":
                throw error(.unavailable, action, problem, "try again later")
            case "AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException",
                "InvalidSignatureException", "MissingAuthenticationTokenException":
                throw error(.accessDenied, action, problem, "the caller needs athena:\(action)")
            default:
                let isBusy = answer.status >= 500 || answer.status == 429
                throw error(isBusy ? .unavailable : .usage, action, problem, "check workgroup, database and location")
            }
        }
    }
#endif
