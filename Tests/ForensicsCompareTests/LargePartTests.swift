import ForensicsCompare
import ForensicsTestSupport
import Testing

/// Spikes that make a good part of short evidence: what they are held against must not be widened by them.
@Suite struct LargePartTests {
    private static func spikes(_ values: [Double], smallestChange: Double) -> [Range<Int>] {
        let series = SpikeSeries(
            name: "client 203.0.113.9", isCount: true, values: values, threshold: SpikeSeries.valueThreshold,
            smallestChange: smallestChange)
        return SpikeDetector().spikes(in: [series], start: 0).map {
            Int($0.startNanoseconds / TrafficModel.minute)..<Int($0.endNanoseconds / TrafficModel.minute)
        }
    }

    @Test(arguments: [(40, 10), (60, 15), (120, 30)])
    func `who comes from one a minute to fifty for a quarter of the evidence is found`(minutes: Int, length: Int) {
        let incident = minutes / 2..<minutes / 2 + length
        for seed in 0..<40 {
            var random = SeededGenerator(seed: UInt64(seed + minutes))
            let values = (0..<minutes).map { Double(random.poisson(incident.contains($0) ? 53 : 1.3)) }
            #expect(Self.spikes(values, smallestChange: 6) == [incident], "\(seed) \(values)")
        }
    }

    @Test(arguments: [1.3, 4, 15, 60], [40, 60, 120])
    func `who is there all the time is no spike`(rate: Double, minutes: Int) {
        var found = 0
        for seed in 0..<200 {
            var random = SeededGenerator(seed: UInt64(seed) &* 31 &+ UInt64(minutes))
            let values = (0..<minutes).map { _ in Double(random.poisson(rate)) }
            found += Self.spikes(values, smallestChange: 0.5).count
        }
        #expect(found <= 2)
    }
}
