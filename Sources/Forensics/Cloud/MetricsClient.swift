#if Cloud
    import Foundation

    /// Publishes metrics. Amazon CloudWatch API: PutMetricData, query protocol.
    package struct MetricsClient: Sendable {
        private let client: ServiceClient
        private let namespace: String

        /// - Parameter namespace: what all of its metrics belong to. AWS parameter: Namespace.
        package init(_ session: AWSSession, namespace: String) {
            client = ServiceClient(
                session, .query(version: "2010-08-01"), service: "monitoring", setting: "CLOUDWATCH")
            self.namespace = namespace
        }

        /// One value of a metric.
        package struct Datum: Sendable, Equatable {
            package var name: String
            /// In its unit.
            package var value: Double
            /// `Count` or `Percent`.
            package var unit: String
            /// Seconds since 1970.
            package var time: Int64
            package var dimensions: [(name: String, value: String)]

            package init(
                name: String, value: Double, unit: String, time: Int64, dimensions: [(name: String, value: String)]
            ) {
                self.name = name
                self.value = value
                self.unit = unit
                self.time = time
                self.dimensions = dimensions
            }

            package static func == (left: Datum, right: Datum) -> Bool {
                left.name == right.name && left.value == right.value && left.time == right.time
            }
        }

        /// Values that one request takes; the service allows 1000.
        package static let limit = 500

        /// Sends at most `limit` values.
        package func put(_ data: [Datum]) throws(CloudError) {
            var members = [(name: "Namespace", value: namespace)]
            for (index, datum) in data.prefix(Self.limit).enumerated() {
                let prefix = "MetricData.member.\(index + 1)."
                members.append((name: prefix + "MetricName", value: datum.name))
                members.append((name: prefix + "Value", value: "\(datum.value)"))
                members.append((name: prefix + "Unit", value: datum.unit))
                members.append((name: prefix + "Timestamp", value: Self.stamp(datum.time)))
                for (number, dimension) in datum.dimensions.enumerated() {
                    let part = prefix + "Dimensions.member.\(number + 1)."
                    members.append((name: part + "Name", value: dimension.name))
                    members.append((name: part + "Value", value: dimension.value))
                }
            }
            _ = try client.call(
                "PutMetricData", members, subject: "namespace \(namespace)",
                permission: "cloudwatch:PutMetricData")
        }

        private static func stamp(_ time: Int64) -> String {
            let compact = Array(SignatureV4.stamp(time))
            let parts = [0..<4, 4..<6, 6..<8, 9..<11, 11..<13, 13..<15].map { String(compact[$0]) }
            return "\(parts[0])-\(parts[1])-\(parts[2])T\(parts[3]):\(parts[4]):\(parts[5])Z"
        }
    }
#endif
