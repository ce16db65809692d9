#if Cloud
    import Foundation
    import Synchronization

    /// Writes lines to a stream of a log group. Amazon CloudWatch Logs API: PutLogEvents, CreateLogGroup, CreateLogStream.
    ///
    /// Keep it between two calls of `put`: it remembers that it has made the group, so that a service that refuses every
    /// few requests is not asked for group, stream and lines anew each time.
    package final class LogsClient: Sendable {
        private let client: ServiceClient
        private let group: String
        private let stream: String
        /// Whether the group was made, and its stream was not yet.
        private let hasGroup = Atomic(false)

        /// - Parameter stream: `:` and `*` are replaced, as the service allows neither.
        package init(_ session: AWSSession, group: String, stream: String) {
            client = ServiceClient(
                session, .json(target: "Logs_20140328"), service: "logs", setting: "CLOUDWATCH_LOGS")
            self.group = group
            self.stream = stream.replacing(":", with: "-").replacing("*", with: "-")
        }

        /// One line.
        package struct Event: Sendable, Equatable, Encodable {
            /// Milliseconds since 1970.
            package var timestamp: Int64
            package var message: String

            package init(timestamp: Int64, message: String) {
                self.timestamp = timestamp
                self.message = message
            }

            /// What it counts for in a batch: its UTF-8 and 26 bytes.
            package var cost: Int { message.utf8.count + 26 }
        }

        /// What one request takes: bytes by `Event.cost`, events, milliseconds from the first to the last.
        package static let byteLimit = 1_048_576
        /// Events.
        package static let countLimit = 10_000
        /// Milliseconds from the first event to the last: a day.
        package static let spanLimit: Int64 = 86_400_000

        /// How many of the events, whatever their order of time, fit one request; at least one.
        package static func fitting(_ events: ArraySlice<Event>) -> Int {
            guard let first = events.first?.timestamp else { return 0 }
            var (count, bytes) = (0, 0)
            var (earliest, latest) = (first, first)
            for event in events {
                bytes += event.cost
                earliest = min(earliest, event.timestamp)
                latest = max(latest, event.timestamp)
                if count > 0, bytes > byteLimit || latest - earliest >= spanLimit { break }
                count += 1
                if count == countLimit { break }
            }
            return count
        }

        private struct Put: Encodable {
            var logGroupName: String
            var logStreamName: String
            var logEvents: [Event]
        }

        private struct Create: Encodable {
            var logGroupName: String
            var logStreamName: String?
        }

        private struct Answer: Decodable {
            struct Rejected: Decodable {
                var tooNewLogEventStartIndex: Int?
                var tooOldLogEventEndIndex: Int?
                var expiredLogEventEndIndex: Int?
            }
            var rejectedLogEventsInfo: Rejected?
        }

        /// Sends events that fit one request, in order of time; makes group and stream where they are missing.
        ///
        /// - Returns: how many the service did not take because they are too old or too new.
        package func put(_ events: [Event]) throws(CloudError) -> Int {
            // The service refuses a batch in another order.
            let ordered = events.enumerated().sorted {
                ($0.element.timestamp, $0.offset) < ($1.element.timestamp, $1.offset)
            }.map(\.element)
            do throws(CloudError) {
                return try once(ordered)
            } catch {
                guard error.code == .notFound else { throw error }
                try create()
                return try once(ordered)
            }
        }

        private func once(_ events: [Event]) throws(CloudError) -> Int {
            let text = try client.call(
                "PutLogEvents", Put(logGroupName: group, logStreamName: stream, logEvents: events),
                subject: "log group \(group)", permission: "logs:PutLogEvents")
            let answer = try? JSONDecoder().decode(Answer.self, from: Data(text.utf8))
            guard let rejected = answer?.rejectedLogEventsInfo else { return 0 }
            let old = max(rejected.tooOldLogEventEndIndex ?? 0, rejected.expiredLogEventEndIndex ?? 0)
            let new = rejected.tooNewLogEventStartIndex.map { events.count - $0 } ?? 0
            return min(events.count, max(0, old) + max(0, new))
        }

        private func create() throws(CloudError) {
            let subject = "log group \(group)"
            if !hasGroup.load(ordering: .relaxed) {
                try createUnlessThere(
                    "CreateLogGroup", Create(logGroupName: group), subject, permission: "logs:CreateLogGroup")
            }
            hasGroup.store(true, ordering: .relaxed)
            do throws(CloudError) {
                try createUnlessThere(
                    "CreateLogStream", Create(logGroupName: group, logStreamName: stream), subject,
                    permission: "logs:CreateLogStream")
            } catch {
                // Somebody may have removed the group meanwhile.
                if error.code != .unavailable { hasGroup.store(false, ordering: .relaxed) }
                throw error
            }
            hasGroup.store(false, ordering: .relaxed)
        }

        private func createUnlessThere(
            _ action: String, _ document: Create, _ subject: String, permission: String
        ) throws(CloudError) {
            do throws(CloudError) {
                _ = try client.call(action, document, subject: subject, permission: permission)
            } catch {
                guard error.problem.contains("ResourceAlreadyExistsException") else { throw error }
            }
        }
    }
#endif
