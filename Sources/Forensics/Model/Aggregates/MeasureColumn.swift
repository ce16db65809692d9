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
        var out = values.mutableSpan
        for index in rows.indices {
            out[index] = Self.value(measure, exchanges[Int(rows[index].fact)])
        }
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
    private static func value(_ measure: DistributionMeasure, _ exchange: borrowing Exchange) -> Int64 {
        switch measure {
        case .requestTime: return exchange.requestTime ?? DistributionTable.none
        case .targetTime: return exchange.targetTime ?? DistributionTable.none
        case .responseTime: return exchange.responseTime ?? DistributionTable.none
        case .totalTime: return exchange.latency ?? DistributionTable.none
        case .bytesFromClient:
            if exchange.bytesBelongToConnection { return DistributionTable.none }
            return exchange.bytesFromClient.map { Int64(saturating: $0) } ?? DistributionTable.none
        case .bytesFromServer:
            if exchange.bytesBelongToConnection { return DistributionTable.none }
            return exchange.bytesFromServer.map { Int64(saturating: $0) } ?? DistributionTable.none
        default: return DistributionTable.none
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
            return connection.bytesFromClient.map { Int64(saturating: $0) } ?? DistributionTable.none
        case .bytesFromServer:
            if connection.bytesBelongToExchanges { return DistributionTable.none }
            return connection.bytesFromServer.map { Int64(saturating: $0) } ?? DistributionTable.none
        default: return DistributionTable.none
        }
    }
}
