import ForensicsCompare
import ForensicsReport
import Testing

/// What is said of the spike that `auto` takes.
@Suite struct SpikeExplanationTests {
    private static let minute: Int64 = 60_000_000_000

    /// One that was found, moved.
    private static func spike(_ name: String, from: Int64, to: Int64, hasBefore: Bool) throws -> Spike {
        let values = (0..<60).map { (30..<40).contains($0) ? 200.0 : 50.0 + Double($0 * 7 % 5) }
        let series = SpikeSeries(name: name, isCount: true, values: values)
        var spike = try #require(SpikeDetector().spikes(in: [series], start: 0).first)
        spike.startNanoseconds = from * minute
        spike.endNanoseconds = to * minute
        spike.before?.duringEndNanoseconds = to * minute
        if !hasBefore { spike.before = nil }
        return spike
    }

    @Test func `the strongest spike is called so, and one that is passed over is named with the reason`() throws {
        let strongest = try Self.spike("client 203.0.113.9", from: 30, to: 40, hasBefore: false)
        let taken = try Self.spike("errors", from: 10, to: 20, hasBefore: true)
        let plain = SpikesReport.explanation(taken)
        #expect(plain.hasPrefix("The strongest spike is from 1970-01-01 00:10 UTC to 1970-01-01 00:20 UTC: errors up"))
        #expect(!plain.contains("passed over"))
        let told = SpikesReport.explanation(taken, passing: [strongest])
        #expect(
            told.hasPrefix("The strongest spike is from 1970-01-01 00:30 UTC to 1970-01-01 00:40 UTC: client"),
            "\(told)")
        #expect(told.contains("passed over, because no quiet window to compare with is in the evidence"), "\(told)")
        #expect(told.contains("What is compared is from 1970-01-01 00:10 UTC to 1970-01-01 00:20 UTC: errors up"))
        let named = SpikesReport.explanation(taken, passing: [strongest, strongest], tellsBefore: false)
        #expect(named.contains("It and 1 more were passed over, because they overlap the window before"), "\(named)")
    }
}
