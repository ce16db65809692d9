import ForensicsModel

/// Lines of addresses that are to be left out.
extension LogDecoder {
    /// Decodes a line, and takes its fact back if it is of such an address.
    mutating func decodeUnlessLeftOut(
        _ bytes: Span<UInt8>, _ start: Int, _ id: FactID, _ offset: UInt64, _ batch: inout FactBatch
    ) -> LineOutcome {
        let exchanges = batch.exchanges.count
        let connections = batch.connections.count
        let records = batch.flowRecords.count
        let outcome = decodeLine(bytes, start, id, offset, &batch)
        guard case .accepted = outcome else { return outcome }
        if batch.exchanges.count > exchanges, let fact = batch.exchanges.last,
            isLeftOut(fact.client.address) || isLeftOut(fact.peer)
        {
            batch.exchanges.removeLast()
            return .ignored(.leftOut)
        }
        if batch.connections.count > connections, let fact = batch.connections.last,
            isLeftOut(fact.client.address) || isLeftOut(fact.peer)
        {
            batch.connections.removeLast()
            return .ignored(.leftOut)
        }
        if batch.flowRecords.count > records, let fact = batch.flowRecords.last, isLeftOut(fact) {
            batch.flowRecords.removeLast()
            return .ignored(.leftOut)
        }
        return outcome
    }

    private func isLeftOut(_ record: FlowRecord) -> Bool {
        for address in [record.source, record.destination, record.packetSource, record.packetDestination] {
            if let address, isLeftOut(address) { return true }
        }
        return false
    }

    private func isLeftOut(_ address: IPAddress) -> Bool { options.ignored.contains { $0.contains(address) } }
}
