#if Cloud
    import ForensicsCloud
    import Testing

    /// What one PutLogEvents takes: 1 MiB of messages with 26 bytes each, 10 000 events, less than 24 hours.
    @Suite struct LogBatchTests {
        static func events(_ count: Int, bytes: Int, step: Int64 = 1) -> [LogsClient.Event] {
            (0..<count).map {
                LogsClient.Event(timestamp: Int64($0) * step, message: String(repeating: "x", count: bytes))
            }
        }

        @Test func `a batch keeps the service's limits`() {
            #expect(LogsClient.fitting([]) == 0)
            #expect(LogsClient.fitting(Self.events(1, bytes: 2_000_000)[...]) == 1)
            #expect(LogsClient.fitting(Self.events(20_000, bytes: 1)[...]) == 10_000)
            // 1 048 576 / (998 + 26) = 1024.
            #expect(LogsClient.fitting(Self.events(2000, bytes: 998)[...]) == 1024)
            #expect(LogsClient.fitting(Self.events(2000, bytes: 999)[...]) == 1023)
            // Bytes, not characters.
            #expect(LogsClient.Event(timestamp: 0, message: "ä€").cost == 31)
            #expect(LogsClient.fitting(Self.events(100, bytes: 1, step: 3_600_000)[...]) == 24)
        }
    }
#endif
