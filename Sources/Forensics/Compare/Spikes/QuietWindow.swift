/// Chooses what a spike is compared with.
struct QuietWindow {
    /// Minutes that the evidence covers.
    let known: [Bool]
    /// Minutes of all spikes.
    let busy: [Range<Int>]
    /// What is usual, minute by minute; empty where it is the same for all.
    var course: [Double] = []
    /// What was measured; empty where nothing tells what is usual.
    var values: [Double] = []

    /// What is compared with what, and why.
    struct Chosen {
        var minutes: Range<Int>
        var why: Spike.Choice
        /// The spike or, where the usual moves while it lasts, the first part of it.
        var during: Range<Int>
    }

    private static let day = 1440
    /// What precedes is taken though it is shorter, rather than what comes after, from this part of the spike on.
    private static let worthwhilePart = 2
    /// Fewer minutes than this are nothing to compare with.
    private static let leastMinutes = 5
    /// In a spike of no more minutes than this no rhythm moves far.
    private static let briefMinutes = 60
    /// The factor between the usual in two windows from which they are not alike, and what is sought instead.
    private static let unlike = 1.2
    private static let alike = 1.1
    /// From this factor on minutes are not usual.
    private static let unusual = 1.2
    /// No spike is cut to less than this.
    private static let leastBeside = 30

    func choose(for spike: Range<Int>) -> Chosen? {
        func moved(_ by: Int) -> Range<Int> { (spike.lowerBound - by)..<(spike.upperBound - by) }
        func chosen(_ minutes: Range<Int>, _ why: Spike.Choice) -> Chosen {
            Chosen(minutes: minutes, why: why, during: spike)
        }
        let isBeforeQuiet = isQuiet(moved(spike.count)) && isUsual(moved(spike.count))
        if isBeforeQuiet, isLike(moved(spike.count), spike) { return chosen(moved(spike.count), .justBefore) }
        if isQuiet(moved(Self.day)) {
            return chosen(moved(Self.day), isBeforeQuiet ? .sameTimeOfDay : .dayBefore)
        }
        if isQuiet(moved(7 * Self.day)) {
            return chosen(moved(7 * Self.day), isBeforeQuiet ? .sameTimeOfWeek : .weekBefore)
        }
        let shorter = quietBefore(spike.lowerBound)
        if let beside = beside(spike, shorter) { return beside }
        var distance = spike.count + 1
        while distance <= spike.lowerBound {
            if isQuiet(moved(distance)) { return chosen(moved(distance), .nearest) }
            distance += 1
        }
        if shorter.count >= Self.leastMinutes, Self.worthwhilePart * shorter.count >= spike.count {
            return chosen(shorter, .shorterBefore)
        }
        if let earlier = quietEarlier(spike) { return chosen(earlier, .shorterEarlier) }
        distance = spike.count
        while spike.upperBound + distance <= known.count {
            if isQuiet(moved(-distance)) { return chosen(moved(-distance), .after) }
            distance += 1
        }
        return shorter.count >= Self.leastMinutes ? chosen(shorter, .shorterBefore) : nil
    }

    /// Equal windows on both sides of where a long spike begins, as long as the usual is alike in them; `nil` where it is
    /// in all that precedes too.
    private func beside(_ spike: Range<Int>, _ quiet: Range<Int>) -> Chosen? {
        let start = spike.lowerBound
        var length = min(quiet.count, spike.count)
        guard length >= Self.leastBeside, !isLike(start - length..<start, spike) else { return nil }
        while length > Self.leastBeside,
            factor(start - length..<start, start..<start + length) > Self.alike
        {
            length = max(Self.leastBeside, length * 9 / 10)
        }
        return Chosen(minutes: start - length..<start, why: .besideStart, during: start..<start + length)
    }

    private func isLike(_ minutes: Range<Int>, _ spike: Range<Int>) -> Bool {
        spike.count <= Self.briefMinutes || factor(minutes, spike) <= Self.unlike
    }

    /// Whether minutes are near their usual course: an incident that was noticed late is before its spike as well.
    private func isUsual(_ minutes: Range<Int>) -> Bool {
        guard course.count == known.count, values.count == known.count else { return true }
        let level = SpikeCourse.median(minutes.map { values[$0] }.filter { !$0.isNaN })
        let usual = SpikeCourse.median(Array(course[minutes]))
        return max(level, usual) <= Self.unusual * min(level, usual)
    }

    /// By what factor the usual differs between two windows.
    private func factor(_ first: Range<Int>, _ second: Range<Int>) -> Double {
        guard course.count == known.count else { return 1 }
        let levels = [first, second].map { SpikeCourse.median(Array(course[$0])) }
        let (low, high) = (min(levels[0], levels[1]), max(levels[0], levels[1]))
        return high <= 0 ? 1 : low <= 0 ? .infinity : high / low
    }

    /// All the quiet minutes that end where a spike begins.
    private func quietBefore(_ end: Int) -> Range<Int> {
        var start = end
        while start > 0, isQuiet(start - 1..<start) { start -= 1 }
        return start..<end
    }

    /// The nearest quiet minutes, beyond a lull or another spike right before, that are fewer than a spike's and yet worth
    /// comparing with; of a longer stretch the last ones.
    private func quietEarlier(_ spike: Range<Int>) -> Range<Int>? {
        let least = max(Self.leastMinutes, (spike.count + Self.worthwhilePart - 1) / Self.worthwhilePart)
        var end = spike.lowerBound
        while end > 0 {
            let quiet = quietBefore(end)
            if quiet.count >= least { return quiet.suffix(spike.count) }
            end = min(quiet.lowerBound, end - 1)
        }
        return nil
    }

    private func isQuiet(_ minutes: Range<Int>) -> Bool {
        guard minutes.lowerBound >= 0, minutes.upperBound <= known.count else { return false }
        return minutes.allSatisfy { known[$0] } && !busy.contains { $0.overlaps(minutes) }
    }
}
