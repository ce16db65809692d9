/// One measure of the facts of a block, as the histograms take it.
package struct MeasureColumn: Sendable {
    /// By row of the block; `DistributionTable.none` where the fact does not tell.
    package private(set) var values = [Int64](repeating: DistributionTable.none, count: FactBlock.size)

    package init() {}

    /// The measures that exchanges and connections have.
    package static let ofExchanges: [DistributionMeasure] = [
        .requestTime, .targetTime, .responseTime, .totalTime, .bytesFromClient, .bytesFromServer,
    ]
    package static let ofConnections: [DistributionMeasure] = [
        .connectionDuration, .handshake, .tlsHandshake, .bytesFromClient, .bytesFromServer,
    ]

    /// Takes a measure of the exchanges of a block.
    package mutating func fill(_ measure: DistributionMeasure, _ exchanges: Span<Exchange>, _ block: FactBlock) {
        let rows = block.rows.span
        let none = DistributionTable.none
        var out = values.mutableSpan
        // A loop for each, so that the choice is made once.
        switch measure {
        case .requestTime:
            for index in rows.indices { out[index] = exchanges[Int(rows[index].fact)].requestTime ?? none }
        case .targetTime:
            for index in rows.indices { out[index] = exchanges[Int(rows[index].fact)].targetTime ?? none }
        case .responseTime:
            for index in rows.indices { out[index] = exchanges[Int(rows[index].fact)].responseTime ?? none }
        case .totalTime:
            for index in rows.indices { out[index] = exchanges[Int(rows[index].fact)].totalTime ?? none }
        case .bytesFromClient:
            for index in rows.indices {
                let fact = Int(rows[index].fact)
                let bytes = exchanges[fact].bytesFromClient
                out[index] = exchanges[fact].bytesBelongToConnection ? none : Self.saturated(bytes)
            }
        case .bytesFromServer:
            for index in rows.indices {
                let fact = Int(rows[index].fact)
                let bytes = exchanges[fact].bytesFromServer
                out[index] = exchanges[fact].bytesBelongToConnection ? none : Self.saturated(bytes)
            }
        default: for index in rows.indices { out[index] = none }
        }
    }

    @inline(__always)
    private static func saturated(_ bytes: UInt64?) -> Int64 {
        guard let bytes else { return DistributionTable.none }
        return Int64(saturating: bytes)
    }

    /// Takes a measure of the connections of a block; what the edge of the evidence cut has no duration.
    package mutating func fill(_ measure: DistributionMeasure, _ connections: Span<Connection>, _ block: FactBlock) {
        let rows = block.rows.span
        var out = values.mutableSpan
        for index in rows.indices {
            out[index] = Self.value(measure, connections[Int(rows[index].fact)])
        }
    }

    @inline(__always)
    private static func value(_ measure: DistributionMeasure, _ connection: borrowing Connection) -> Int64 {
        switch measure {
        case .connectionDuration:
            if connection.isCensored { return DistributionTable.none }
            return connection.duration ?? DistributionTable.none
        case .handshake: return connection.handshake ?? DistributionTable.none
        case .tlsHandshake: return connection.tlsHandshake ?? DistributionTable.none
        case .bytesFromClient:
            if connection.bytesBelongToExchanges { return DistributionTable.none }
            return saturated(connection.bytesFromClient)
        case .bytesFromServer:
            if connection.bytesBelongToExchanges { return DistributionTable.none }
            return saturated(connection.bytesFromServer)
        default: return DistributionTable.none
        }
    }
}
