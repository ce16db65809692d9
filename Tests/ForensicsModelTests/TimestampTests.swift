import ForensicsModel
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        ("2025-11-03T10:00:00Z", 1_762_164_000_000_000_000),
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("1969-12-31T23:59:59.5Z", -500_000_000),
        ("2024-02-29T23:59:59.999999999Z", 1_709_251_199_999_999_999),
        ("2025-11-03T12:00:00.25+02:00", 1_762_164_000_250_000_000),
        ("2025-11-03T10:00:00", 1_762_164_000_000_000_000),
    ]) func `a written time is read as nanoseconds since 1970`(text: String, nanoseconds: Int64) {
        #expect(RFC3339.parse(text)?.nanoseconds == nanoseconds)
    }

    @Test(arguments: [
        "", "2025-11-03", "2025-13-03T10:00:00Z", "2025-02-29T10:00:00Z", "2025-11-03T24:00:00Z",
        "2025-11-03T10:00:00.Z", "2025-11-03T10:00:00ZZ", "2025-11-03T10:00:0Z", "9999-12-31T10:00:00Z",
        "2025-11-03T10:00:00+2:00",
    ]) func `what is not a time is refused`(text: String) {
        #expect(RFC3339.parse(text) == nil)
    }

    @Test func `printing and reading agree on every day of four centuries`() {
        for day in stride(from: Int64(-40_000), through: 60_000, by: 7) {
            let time = Timestamp(nanoseconds: day * 86_400_000_000_000 + 12_345_678_901_234)
            #expect(RFC3339.parse(RFC3339.string(time)) == time)
        }
    }

    @Test func `buckets before 1970 round down as well`() {
        #expect(Timestamp(nanoseconds: -1).bucket(width: 60) == -60)
        #expect(Timestamp(nanoseconds: 119).bucket(width: 60) == 60)
    }

    @Test func `the first bucket of all begins where times begin`() {
        // -2⁶³ is no multiple of a minute.
        #expect(Timestamp(nanoseconds: .min).bucket(width: 60_000_000_000) == .min)
        #expect(
            Timestamp(nanoseconds: .max).bucket(width: 60_000_000_000) == Int64.max / 60_000_000_000 * 60_000_000_000)
    }
}
