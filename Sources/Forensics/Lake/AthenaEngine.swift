#if Cloud
    import ForensicsCloud
    import Foundation

    /// Runs statements through the Athena API, one after the other.
    struct AthenaEngine: LakeEngine {
        private let client: AthenaClient
        private let settings: AthenaSettings
        private let database: String
        private let stop: StopFlag
        private let note: @Sendable (String) -> Void

        /// Athena projects days by itself.
        let projectsDays = true

        /// Longest wait between two looks at a query, seconds.
        private static let longestPause = 2.0
        /// Athena counts ten megabytes at least for each query.
        private static let leastBytes: Int64 = 10_000_000

        init(
            _ settings: AthenaSettings, database: String, stop: StopFlag, note: @escaping @Sendable (String) -> Void
        ) throws(ForensicsError) {
            self.settings = settings
            self.database = try LakeText.name(database, option: "--database")
            self.stop = stop
            self.note = note
            if let output = settings.outputLocation, !output.hasPrefix("s3://") {
                throw ForensicsError(
                    .usage, "--output-location \(LakeText.shown(output)): is no place on S3; use s3://bucket/prefix.")
            }
            let cloud = settings.cloud
            let session = AWSSession(
                environment: ProcessInfo.processInfo.environment, profile: cloud.profile, region: cloud.region,
                endpoint: cloud.endpoint, now: { Int64(Date().timeIntervalSince1970) })
            client = AthenaClient(session, isStopped: { stop.isRequested })
        }

        func run(_ effects: [String], then query: String?) throws -> LakeAnswer {
            do {
                for statement in effects { _ = try finish(statement, isNamed: false) }
                guard let query else { return LakeAnswer(rows: LakeRows(columns: [], rows: [])) }
                return LakeAnswer(rows: try rows(of: try finish(query, isNamed: true)))
            } catch let error as CloudError {
                throw ForensicsError(error)
            }
        }

        /// Starts a statement and waits for its end.
        private func finish(_ statement: String, isNamed: Bool) throws -> String {
            // The database that is being made cannot be the one to look names up in.
            let id = try client.start(
                statement, database: isNamed ? database : nil, workgroup: settings.workgroup,
                output: settings.outputLocation, token: UUID().uuidString)
            var pause = 0.1
            var last: AthenaState?
            while true {
                let execution = try client.execution(id)
                if execution.state != last, execution.state == .queued || execution.state == .running {
                    note("athena: \(id) \(execution.state.rawValue.lowercased())")
                }
                last = execution.state
                switch execution.state {
                case .succeeded:
                    note("athena: \(id) succeeded, \(cost(execution.scannedBytes))")
                    return id
                case .failed:
                    throw ForensicsError(
                        .data,
                        "athena: \(id) failed (\(execution.reason ?? "no reason was given")); see the statement with --emit-sql."
                    )
                case .cancelled: throw ForensicsError(.interrupted, "athena: \(id) was cancelled; ask again.")
                case .queued, .running: try wait(pause, id)
                }
                pause = min(Self.longestPause, pause * 1.5)
            }
        }

        private func wait(_ seconds: Double, _ id: String) throws {
            var left = seconds
            while left > 0 {
                if stop.isRequested {
                    try client.stop(id)
                    throw ForensicsError(.interrupted, "Stopped; Athena was told to cancel \(id).")
                }
                Thread.sleep(forTimeInterval: min(left, 0.1))
                left -= 0.1
            }
        }

        private func rows(of id: String) throws -> LakeRows {
            var page = try client.page(id, token: nil)
            var rows = LakeRows(columns: page.columns, rows: page.rows)
            // The head repeats the names of the columns.
            if let first = rows.rows.first, first.map({ $0 ?? "" }) == page.columns { rows.rows.removeFirst() }
            while let token = page.nextToken {
                if stop.isRequested { throw ForensicsError(.interrupted, "Stopped while the answer was fetched.") }
                page = try client.page(id, token: token)
                rows.rows += page.rows
            }
            return rows
        }

        /// What was read, and about what that costs.
        private func cost(_ bytes: Int64) -> String {
            let price = Double(max(bytes, Self.leastBytes)) / 1e12 * settings.pricePerTerabyte
            let megabytes = String(format: "%.1f", Double(bytes) / 1e6)
            return "\(megabytes) MB scanned, about \(String(format: "%.4f", bytes == 0 ? 0 : price)) USD"
        }
    }
#endif
