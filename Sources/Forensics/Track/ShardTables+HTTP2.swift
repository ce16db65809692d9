import ForensicsModel

extension ShardTables {
    /// The client speaks HTTP/2 from here on.
    mutating func beginHTTP2(_ core: inout ConnectionCore, _ stream: inout StreamState, _ out: inout FactBatch) {
        core.service = .h2
        stopReading(&stream)
    }

    mutating func deliverHTTP2(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ side: Int, _ bytes: Span<UInt8>,
        _ range: Range<Int>, _ length: Int, _ place: PacketPlace, _ out: inout FactBatch
    ) -> Int { length }

    mutating func releaseHTTP2(_ stream: inout StreamState) {}
}
