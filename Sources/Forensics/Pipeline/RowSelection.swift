import ForensicsModel

/// Chooses the rows that a case keeps: `--rows`.
struct RowSelection: Sendable {
    let choice: RowsChoice
    /// From here on a request is slow; nanoseconds.
    static let slowRequest: Int64 = 1_000_000_000
    /// From here on a connection is long; nanoseconds.
    static let longConnection = RollupBuilder.longLimit

    /// Removes what is not kept. Rejects stay: the ledger needs them whatever rows are kept. So do the rows of flow logs:
    /// connections are stitched together from them.
    func apply(to batch: inout FactBatch) {
        switch choice {
        case .all: return
        case .none:
            batch.connections.removeAll(keepingCapacity: true)
            batch.exchanges.removeAll(keepingCapacity: true)
            batch.healthChecks.removeAll(keepingCapacity: true)
        case .notable:
            batch.connections.removeAll { !Self.isNotable($0) }
            batch.exchanges.removeAll { !Self.isNotable($0) }
            batch.healthChecks.removeAll { $0.outcome == .success }
        }
    }

    private static func isNotable(_ connection: Connection) -> Bool {
        connection.isError || connection.isLonger(than: longConnection)
            || (connection.handshake ?? 0) >= slowRequest || (connection.zeroWindows ?? 0) > 0
    }

    private static func isNotable(_ exchange: Exchange) -> Bool {
        exchange.isError || (exchange.totalTime ?? 0) >= slowRequest
            || exchange.flags.rawValue & unfinished != 0
    }
    /// Raw values: an operator of a set of another module is a call, and its literal an array.
    private static let unfinished =
        ExchangeFlags.timedOut.rawValue | ExchangeFlags.aborted.rawValue | ExchangeFlags.undetermined.rawValue
}
