/// Chooses what a spike is compared with.
struct QuietWindow {
    /// Minutes that the evidence covers.
    let known: [Bool]
    /// Minutes of all spikes.
    let busy: [Range<Int>]

    private static let day = 1440
    /// What precedes is taken though it is shorter, rather than what comes after, from this part of the spike on.
    private static let worthwhilePart = 2
    /// Fewer minutes than this are nothing to compare with.
    private static let leastMinutes = 5

    func choose(for spike: Range<Int>) -> (minutes: Range<Int>, why: Spike.Choice)? {
        func moved(_ by: Int) -> Range<Int> { (spike.lowerBound - by)..<(spike.upperBound - by) }
        if isQuiet(moved(spike.count)) { return (moved(spike.count), .justBefore) }
        if isQuiet(moved(Self.day)) { return (moved(Self.day), .dayBefore) }
        if isQuiet(moved(7 * Self.day)) { return (moved(7 * Self.day), .weekBefore) }
        var distance = spike.count + 1
        while distance <= spike.lowerBound {
            if isQuiet(moved(distance)) { return (moved(distance), .nearest) }
            distance += 1
        }
        let shorter = quietBefore(spike.lowerBound)
        if shorter.count >= Self.leastMinutes, Self.worthwhilePart * shorter.count >= spike.count {
            return (shorter, .shorterBefore)
        }
        distance = spike.count
        while spike.upperBound + distance <= known.count {
            if isQuiet(moved(-distance)) { return (moved(-distance), .after) }
            distance += 1
        }
        return shorter.count >= Self.leastMinutes ? (shorter, .shorterBefore) : nil
    }

    /// All the quiet minutes that end where a spike begins.
    private func quietBefore(_ end: Int) -> Range<Int> {
        var start = end
        while start > 0, isQuiet(start - 1..<start) { start -= 1 }
        return start..<end
    }

    private func isQuiet(_ minutes: Range<Int>) -> Bool {
        guard minutes.lowerBound >= 0, minutes.upperBound <= known.count else { return false }
        return minutes.allSatisfy { known[$0] } && !busy.contains { $0.overlaps(minutes) }
    }
}
