/// The levels that a series keeps: it jumps from one to the next, and does not come back soon.
///
/// No median tells which of two long levels is the usual one: the longer may be the incident. What precedes is. A jump is
/// sharp, so that neither a ramp nor the rhythm of a day is one, and what it leads to holds.
struct LastingLevels {
    /// Minutes that lie apart from the usual level.
    struct Level {
        var minutes: Range<Int>
        /// How far, on the scale of the values.
        var offset: Double
    }

    /// In order of time; without those of the usual level.
    private(set) var levels: [Level] = []
    /// Spikes by way of which one level goes over into another: they tell neither.
    private(set) var detours: [Range<Int>] = []

    /// Levels beside each other on one side of the usual one, as one stretch.
    var stretches: [Range<Int>] {
        levels.indices.reduce(into: []) { found, index in
            let level = levels[index]
            if index > 0, let last = found.last, last.upperBound == level.minutes.lowerBound,
                (levels[index - 1].offset > 0) == (level.offset > 0)
            {
                found[found.count - 1] = last.lowerBound..<level.minutes.upperBound
            } else {
                found.append(level.minutes)
            }
        }
    }

    /// The values that were measured, and their minutes.
    private let values: [Double]
    private let minutes: [Int]
    private let scale: SpikeScale
    private let course: SpikeCourse.Kind

    /// The least number of minutes that makes a level.
    private static let leastMinutes = 5
    /// From this part of the evidence on the first level is the usual one.
    ///
    /// - Parameter isRise: whether the next is higher. Evidence that begins high for less than that more likely begins within
    ///   an incident.
    private static func leastPart(isRise: Bool) -> Double { isRise ? 0.05 : 0.3 }
    /// How far the levels beside a jump are alike, that come back: in parts of the jump.
    private static let alike = 0.5
    /// By this factor a level is another than the one before a lull.
    private static let another = 1.5
    /// How far a jump and the one that undoes it are the same, in parts of the larger: they are read from a few hours.
    private static let same = 0.25

    init(_ scaled: [Double], scale: SpikeScale) {
        minutes = scaled.indices.filter { !scaled[$0].isNaN }
        values = minutes.map { scaled[$0] }
        self.scale = scale
        course = SpikeCourse.Kind(scaled.count)
        guard values.count >= 2 * Self.leastMinutes else { return }
        let jumps = LevelJumps(values, minutes: minutes, scale: scale)
        var bounds = jumps.positions
        let detours = dropReturning(&bounds)
        dropVanishing(&bounds, jumps, detours)
        guard !bounds.isEmpty else { return }
        levels = apart(bounds, jumps, detours)
        self.detours = bounds.compactMap { detours[$0] }.map { minutes[$0.lowerBound]..<minutes[$0.upperBound - 1] + 1 }
    }

    /// Drops what comes back soon: a spike, which the course does not follow.
    ///
    /// - Returns: spikes by way of which one level goes over into another, by the jump that is left.
    private func dropReturning(_ bounds: inout [Int]) -> [Int: Range<Int>] {
        var detours: [Int: Range<Int>] = [:]
        var index = 0
        while index + 1 < bounds.count {
            let (start, end) = (bounds[index], bounds[index + 1])
            guard minutes[end] - minutes[start] <= longestSpike, !endsCrowd(index, bounds) else {
                index += 1
                continue
            }
            let first = bounds[..<index].last ?? 0
            let last = index + 2 < bounds.count ? bounds[index + 2] : values.count
            let (before, inside, after) = (near(first..<start, .end), near(start..<end, .end), near(end..<last, .start))
            var (up, down) = (inside - before, after - inside)
            var isUndone = abs(after - before) < Self.alike * max(abs(up), abs(down))
            if abs(down) > abs(up), (down > 0) != (up > 0) {
                // A lull before a surge: however deep it was, what is well above the level before it does not come back.
                isUndone = abs(after - before) < scale.distance(of: Self.another, from: min(before, after))
            }
            if !isUndone, course != .single {
                // What lies hours apart differs by the rhythm alone.
                let (first, second) = (sides(first..<start, start..<end), sides(start..<end, end..<last))
                (up, down) = (first.step, second.step)
                isUndone = first.isUndone(by: second, within: Self.alike, scale: scale)
            }
            if isUndone {
                bounds.removeSubrange(index...index + 1)
            } else {
                // One level goes over into the other by way of a spike, or in two steps.
                let goesOn = (up + down > 0) == (up > 0)
                let goesAlong = (up + down > 0) == (down > 0)
                let keepsFirst = goesOn == goesAlong ? abs(up) >= abs(down) : goesOn
                bounds.remove(at: keepsFirst ? index + 1 : index)
                detours[keepsFirst ? start : end] = start..<end
            }
            index = max(0, index - 1)
        }
        return detours
    }

    /// Whether a jump takes back the one before it, which was larger than the one after it: the end of a crowd, not the
    /// beginning of a lull.
    private func endsCrowd(_ index: Int, _ bounds: [Int]) -> Bool {
        guard index > 0, index + 1 < bounds.count else { return false }
        let edges = [0] + bounds + [values.count]
        func size(_ index: Int) -> Double {
            abs(step(edges[index]..<edges[index + 1], edges[index + 1]..<edges[index + 2]))
        }
        return comesBack(index, edges) && size(index - 1) > size(index + 1)
    }

    /// Drops jumps whose level does not hold, or that is but the steepest minute of a slow change.
    private func dropVanishing(_ bounds: inout [Int], _ jumps: LevelJumps, _ detours: [Int: Range<Int>]) {
        var index = 0
        while index < bounds.count {
            let position = bounds[index]
            let first = bounds[..<index].last ?? 0
            let last = index + 1 < bounds.count ? bounds[index + 1] : values.count
            let detour = detours[position] ?? position..<position
            if holds(first..<detour.lowerBound, detour.upperBound..<last, jump: jumps.size(around: detour)) {
                index += 1
            } else {
                bounds.remove(at: index)
                index = max(0, index - 1)
            }
        }
    }

    /// The levels that are apart from the usual one.
    private func apart(_ bounds: [Int], _ jumps: LevelJumps, _ detours: [Int: Range<Int>]) -> [Level] {
        let edges = [0] + bounds + [values.count]
        var offsets = [0.0]
        for index in bounds.indices {
            let detour = detours[bounds[index]] ?? bounds[index]..<bounds[index]
            let (left, right) = (edges[index]..<detour.lowerBound, detour.upperBound..<edges[index + 2])
            offsets.append(comesBack(index, edges) ? offsets[index - 1] : offsets[index] + step(left, right))
        }
        let part = Self.leastPart(isRise: offsets[1] > 0)
        let isShort = Double(bounds[0]) < part * Double(values.count) || bounds[0] < Self.leastMinutes
        let usual = isShort ? offsets[1] : 0
        var found: [Level] = []
        for index in offsets.indices {
            let (start, end) = (edges[index], edges[index + 1])
            // As far off as no jump is: the usual level again.
            let least = jumps.least(at: index == 0 ? bounds[0] : start)
            guard abs(offsets[index] - usual) >= least else { continue }
            let last = index == offsets.count - 1 ? left(start..<end, offset: offsets[index] - usual) : end
            found.append(Level(minutes: minutes[start]..<minutes[last - 1] + 1, offset: offsets[index] - usual))
        }
        return found
    }

    /// Where the last level ends: the minutes behind it, up to the end of the evidence, may be too few for a jump to be seen.
    private func left(_ level: Range<Int>, offset: Double) -> Int {
        let bar = near(level, .end) - offset / 2
        let back = values[level].reversed().prefix { offset > 0 ? $0 < bar : $0 > bar }.count
        // One minute may be so by chance.
        let isTold = (2..<Self.leastMinutes).contains(back) && level.count - back >= Self.leastMinutes
        return isTold ? level.upperBound - back : level.upperBound
    }

    /// Whether a jump leads back to where the one before it came from: what comes on top of a rhythm is another factor of it
    /// when it leaves than it was when it came.
    private func comesBack(_ index: Int, _ edges: [Int]) -> Bool {
        guard course != .single, index > 0 else { return false }
        func jump(_ at: Int) -> StepFit.Sides { sides(edges[at]..<edges[at + 1], edges[at + 1]..<edges[at + 2]) }
        return jump(index - 1).isUndone(by: jump(index), within: Self.same, scale: scale)
    }

    private func sides(_ left: Range<Int>, _ right: Range<Int>) -> StepFit.Sides {
        StepFit.sides(values, left, right)
    }

    /// A spike as long as this leaves the usual course where it is, minutes.
    private var longestSpike: Int {
        switch course {
        case .single: minutes.count / 3
        case .running: 90
        case .seasonal: 1440
        }
    }

    /// The minutes beside a jump that tell a level: in less than that no rhythm moves far.
    private var nearMinutes: Int { course == .single ? values.count : 60 }

    private enum Side { case start, end }

    /// The level of the minutes of a stretch next to one side of it.
    private func near(_ stretch: Range<Int>, _ side: Side) -> Double {
        median(side == .start ? stretch.prefix(nearMinutes) : stretch.suffix(nearMinutes))
    }

    /// Whether what lies before and after a jump differs by it away from it too.
    private func holds(_ left: Range<Int>, _ right: Range<Int>, jump: Double) -> Bool {
        guard course == .single else { return goesOn(left, right, jump: jump) }
        let (outset, end) = (left.prefix(outer(left.count)), right.suffix(outer(right.count)))
        let sizes = [step(left, right), median(end) - median(left), median(right) - median(outset)].map {
            jump > 0 ? $0 : -$0
        }
        return sizes.allSatisfy { $0 >= Self.alike * abs(jump) } && sizes[0] <= abs(jump) / Self.alike
    }

    /// Whether the series goes on after a jump as it came: a rhythm does, a crowd that comes at once and leaves slowly does not.
    private func goesOn(_ left: Range<Int>, _ right: Range<Int>, jump: Double) -> Bool {
        let (near, far) = (LevelJumps.widest, 6 * LevelJumps.widest)
        let (before, after) = (left.suffix(far), right.prefix(far))
        func drift(_ from: Range<Int>, _ to: Range<Int>) -> Double {
            to.isEmpty || from.isEmpty ? 0 : median(to) - median(from)
        }
        let come = drift(before.dropLast(near), before.suffix(near))
        let gone = drift(after.prefix(near), after.dropFirst(near))
        let size = jump > 0 ? step(left, right) : -step(left, right)
        return size >= Self.alike * abs(jump) && abs(gone - come) <= Self.alike * abs(jump)
    }

    /// By how much a level is above the one before it.
    private func step(_ left: Range<Int>, _ right: Range<Int>) -> Double {
        course == .single ? median(right) - median(left) : sides(left, right).step
    }

    /// The outermost quarter of a level must have it too: after a spike that fades it does not.
    private func outer(_ count: Int) -> Int { max(Self.leastMinutes, count / 4) }

    private func median(_ stretch: Range<Int>) -> Double { SpikeCourse.median(Array(values[stretch])) }
}
