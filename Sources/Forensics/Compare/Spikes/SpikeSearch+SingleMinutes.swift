/// The single minutes that are told: a crash of sixty seconds, or everybody who connects again at once.
///
/// One minute of many that is far off is mostly noise: a scanner, a page that somebody reloads. What is told of it has to be far
/// beyond what tells a longer stretch, must not be a habit, and is what a service is there for, or fails in: any scanner brings
/// a minute of 404s.
extension SpikeSearch {
    /// In fewer minutes nothing tells what is a habit.
    private static let leastKnown = 30
    /// By what the strength exceeds what a longer stretch needs.
    private static let beyond = 1.5
    /// The factor of the usual.
    private static let leastFactor = 2.0
    /// A change by fewer events is no matter for an alarm, nor is one of many that is less than so many times what matters.
    private static let leastChange = 40.0
    private static let mattering = 2.0
    /// From this part of its change on another minute is alike, and with so many of them it is a habit.
    private static let alike = 1.0 / 3
    private static let habit = 3

    /// The minutes that no minute beside them comes near, and of all others at most two.
    func singleMinutes(isRise: Bool) -> [SpikeStretch] {
        guard series.tellsSingleMinutes, isRise || series.isTraffic && !series.risesOnly else { return [] }
        let known = series.values.indices.filter { !series.values[$0].isNaN }
        guard known.count > Self.leastKnown else { return [] }
        let sign = isRise ? 1.0 : -1.0
        let changes = series.values.indices.map { sign * (series.values[$0] - baseline.local[$0]) }
        let largest = known.sorted { (changes[$0], $1) > (changes[$1], $0) }.prefix(Self.habit)
        let least = max(Self.leastChange, Self.mattering * series.smallestChange)
        return largest.compactMap { minute in
            let part = Self.alike * changes[minute]
            guard changes[minute] >= least, isPeak(minute, sign),
                [minute - 1, minute + 1].allSatisfy({ isLess($0, than: part, changes) }),
                known.count(where: { changes[$0] >= part }) <= Self.habit
            else { return nil }
            return stretch(minute, isRise, deviation: sign * baseline.deviations[minute])
        }
    }

    /// Whether a minute lies beyond both beside it: one between them is where a level goes over into the next, of which it is
    /// neither a rise nor a fall.
    private func isPeak(_ minute: Int, _ sign: Double) -> Bool {
        [minute - 1, minute + 1].allSatisfy { beside in
            !series.values.indices.contains(beside) || sign * series.values[beside] < sign * series.values[minute]
        }
    }

    /// Whether a minute was measured and changes by less: at an edge the evidence may begin or end within the one beside it.
    private func isLess(_ minute: Int, than part: Double, _ changes: [Double]) -> Bool {
        changes.indices.contains(minute) && changes[minute] < part
    }

    private func stretch(_ minute: Int, _ isRise: Bool, deviation: Double) -> SpikeStretch? {
        let minutes = minute..<minute + 1
        let unit = series.isOneOfMany ? baseline.restlessness(outside: minutes, isRise: isRise) : 1
        let strength = deviation / unit
        let (value, usual) = (series.values[minute], baseline.local[minute])
        guard strength >= Self.beyond * series.threshold, max(value, usual) >= Self.leastFactor * min(value, usual),
            baseline.hourly(minutes, isRise: isRise).isEmpty
        else { return nil }
        return SpikeStretch(
            name: series.name, isCount: series.isCount, minutes: minutes, strength: strength, isRise: isRise,
            usual: usual, inside: value, weight: strength / series.threshold, isLevel: false, course: course,
            values: series.values)
    }
}
