#if Cloud
    import Foundation

    /// Starts queries, watches them and fetches their rows. Amazon Athena API, JSON 1.1.
    ///
    /// What is refused because the service is busy is asked again after a moment.
    package struct AthenaClient: Sendable {
        private let service: ServiceClient
        private let policy: RetryPolicy
        private let isStopped: @Sendable () -> Bool

        /// - Parameter isStopped: looked at between tries.
        package init(
            _ session: AWSSession, policy: RetryPolicy = RetryPolicy(), isStopped: @escaping @Sendable () -> Bool
        ) {
            service = ServiceClient(session, .json(target: "AmazonAthena"), service: "athena", setting: "ATHENA")
            self.policy = policy
            self.isStopped = isStopped
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
            let document = Start(
                QueryString: query, ClientRequestToken: token,
                QueryExecutionContext: database.map { Start.Context(Database: $0) }, WorkGroup: workgroup,
                ResultConfiguration: output.map { Start.Configuration(OutputLocation: $0) })
            return try call("StartQueryExecution", document, Started.self).QueryExecutionId
        }

        /// Returns where a query stands.
        package func execution(_ id: String) throws(CloudError) -> Execution {
            let answer = try call("GetQueryExecution", Named(QueryExecutionId: id), Described.self).QueryExecution
            guard let state = AthenaState(rawValue: answer.Status.State) else {
                throw Self.malformed("GetQueryExecution")
            }
            return Execution(
                state: state, reason: answer.Status.StateChangeReason,
                scannedBytes: answer.Statistics?.DataScannedInBytes ?? 0)
        }

        /// Asks that a query end.
        package func stop(_ id: String) throws(CloudError) {
            _ = try service.call(
                "StopQueryExecution", Named(QueryExecutionId: id), subject: "athena query \(id)",
                permission: "athena:StopQueryExecution")
        }

        /// Returns a page of a query's rows, a thousand at most.
        package func page(_ id: String, token: String?) throws(CloudError) -> Page {
            let answer = try call(
                "GetQueryResults", Results(QueryExecutionId: id, MaxResults: 1000, NextToken: token), Fetched.self)
            return Page(
                columns: (answer.ResultSet.ResultSetMetadata?.ColumnInfo ?? []).map(\.Name),
                rows: (answer.ResultSet.Rows ?? []).map { ($0.Data ?? []).map(\.VarCharValue) },
                nextToken: answer.NextToken)
        }

        // MARK: - Calls

        private static func malformed(_ action: String) -> CloudError {
            CloudError(
                .malformed, "athena \(action)", problem: "the answer is not what the API promises",
                remedy: "check the endpoint")
        }

        private func call<Answer: Decodable>(
            _ action: String, _ document: some Encodable, _ type: Answer.Type
        ) throws(CloudError) -> Answer {
            var failures = 0
            while true {
                do throws(CloudError) {
                    let text = try service.call(
                        action, document, subject: "athena \(action)", permission: "athena:\(action)")
                    guard let answer = try? JSONDecoder().decode(type, from: Data(text.utf8)) else {
                        throw Self.malformed(action)
                    }
                    return answer
                } catch {
                    failures += 1
                    guard error.code == .unavailable, failures < policy.attempts, !isStopped() else { throw error }
                    RetryPolicy.wait(policy.delay(after: failures, subject: action), isStopped: isStopped)
                }
            }
        }
    }

    // The documents of the API, with its names.

    private struct Start: Encodable {
        struct Context: Encodable { var Database: String }
        struct Configuration: Encodable { var OutputLocation: String }
        var QueryString: String
        var ClientRequestToken: String
        var QueryExecutionContext: Context?
        var WorkGroup: String?
        var ResultConfiguration: Configuration?
    }

    private struct Started: Decodable { var QueryExecutionId: String }
    private struct Named: Encodable { var QueryExecutionId: String }

    private struct Described: Decodable {
        struct Status: Decodable {
            var State: String
            var StateChangeReason: String?
        }
        struct Statistics: Decodable { var DataScannedInBytes: Int64? }
        struct Execution: Decodable {
            var Status: Described.Status
            var Statistics: Described.Statistics?
        }
        var QueryExecution: Execution
    }

    private struct Results: Encodable {
        var QueryExecutionId: String
        var MaxResults: Int
        var NextToken: String?
    }

    private struct Fetched: Decodable {
        struct Column: Decodable { var Name: String }
        struct Metadata: Decodable { var ColumnInfo: [Column]? }
        struct Cell: Decodable { var VarCharValue: String? }
        struct Row: Decodable { var Data: [Cell]? }
        struct Rows: Decodable {
            var Rows: [Row]?
            var ResultSetMetadata: Metadata?
        }
        var ResultSet: Rows
        var NextToken: String?
    }
#endif
