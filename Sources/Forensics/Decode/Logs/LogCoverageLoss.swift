package import ForensicsModel

/// A stretch of time that a flow log says it did not record. AWS log-status: SKIPDATA.
package struct LogCoverageLoss: Sendable, Equatable {
    package var window: TimeWindow
    /// The network interface, as bytes.
    package var interface: [UInt8]

    package init(window: TimeWindow, interface: [UInt8]) {
        self.window = window
        self.interface = interface
    }
}

/// The coverage losses that a decoder met: the first of them, and how many in all.
package struct LogCoverageLosses: Sendable {
    /// More than this many are counted but not kept.
    package static let limit = 1000
    package private(set) var kept: [LogCoverageLoss] = []
    package private(set) var count: UInt64 = 0

    package init() {}

    mutating func append(_ loss: LogCoverageLoss) {
        count += 1
        if kept.count < Self.limit { kept.append(loss) }
    }
}
