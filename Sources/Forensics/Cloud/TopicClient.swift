#if Cloud
    /// Publishes messages to a topic. Amazon SNS API: Publish, query protocol.
    package struct TopicClient: Sendable {
        private let client: ServiceClient
        private let topic: String

        /// - Parameter topic: an ARN; its region is the one that is asked.
        package init?(_ session: AWSSession, topic: String) {
            guard let region = Self.region(of: topic) else { return nil }
            client = ServiceClient(
                session, .query(version: "2010-03-31"), service: "sns", setting: "SNS", region: region)
            self.topic = topic
        }

        /// The region in the ARN of a topic; `nil` for what is none.
        package static func region(of topic: String) -> String? {
            let parts = topic.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 6, parts[0] == "arn", parts[2] == "sns", !parts[3].isEmpty, !parts[5].isEmpty else {
                return nil
            }
            return String(parts[3])
        }

        /// Sends a message.
        ///
        /// - Parameter subject: what a mail has as its subject: cut to the 99 characters of ASCII that the service takes.
        package func publish(subject: String, message: String) throws(CloudError) {
            let line = String(
                subject.unicodeScalars.map { $0.isASCII && $0.value >= 0x20 && $0.value != 0x7F ? Character($0) : "?" }
                    .prefix(99))
            _ = try client.call(
                "Publish",
                [
                    (name: "TopicArn", value: topic), (name: "Subject", value: line),
                    (name: "Message", value: String(message.prefix(60_000))),
                ], subject: topic, permission: "sns:Publish")
        }
    }
#endif
