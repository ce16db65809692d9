import ForensicsModel
import Testing

@Suite struct EscapedBytesTests {
    /// Bytes and what Python's `decode("utf-8", "backslashreplace")` makes of them.
    @Test(
        arguments: [
            ([0x62, 0xFF, 0xFE, 0xC3, 0x28], "b\\xff\\xfe\\xc3("), ([0x61, 0xC3, 0xA9], "aé"), ([], ""),
            ([0xE2, 0x82], "\\xe2\\x82"), ([0xED, 0xA0, 0x80], "\\xed\\xa0\\x80"),
            ([0xF0, 0x9F, 0x98, 0x80, 0x80], "😀\\x80"),
            ([0xC0, 0xAF, 0x2F], "\\xc0\\xaf/"), ([0xEF, 0xBF, 0xBD], "\u{FFFD}"),
        ] as [([UInt8], String)]) func `bytes of no character are told one by one`(bytes: [UInt8], text: String)
    {
        #expect(EscapedBytes.string(bytes) == text)
        var table = TextTable()
        let id = table.intern(bytes)
        #expect(table.string(id) == text)
    }

    @Test func `hosts that differ in such bytes alone stay apart in roll-ups`() {
        var batch = FactBatch()
        for byte: UInt8 in [0xFE, 0xFF] {
            var exchange = Exchange(
                id: FactID(source: 1, record: UInt32(byte)), offset: 0, kind: .alb, time: Timestamp(nanoseconds: 0),
                client: Endpoint(IPAddress(v4: 1), 5))
            exchange.domain = batch.texts.intern([0x61, byte])
            batch.exchanges.append(exchange)
        }
        var builder = RollupBuilder()
        builder.add(batch)
        let texts = builder.packed().map { String(decoding: $0.json, as: UTF8.self) }
        #expect(texts.contains { $0.contains("a\\\\xfe") && $0.contains("a\\\\xff") })
    }
}
