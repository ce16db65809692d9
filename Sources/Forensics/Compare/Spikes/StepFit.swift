/// By how much a series steps up or down between two stretches while it follows a slope: that of a day's rhythm.
///
/// The least squares of one slope and a step over medians of ten minutes, again without those that are far off: a spike.
enum StepFit {
    /// Minutes to either side: within three hours the rhythm of a day is near to a line.
    static let reach = 180
    /// How much the unknown slope adds to the standard error of the step: as much as the means' own, where both sides have
    /// as many minutes.
    static let costOfSlope = 2.0
    private static let width = 10

    /// Parts further than so many times the usual distance off a first fit are those of a spike.
    private static let strange = 3.0

    /// A part of a side: where its middle is, its level, and how many minutes tell it.
    private struct Part {
        var isAfter: Bool
        var center: Double
        var level: Double
        var weight: Double
    }

    /// The levels right before and right after a step.
    struct Sides {
        var before: Double
        var after: Double

        var step: Double { after - before }

        /// Whether this step and a later one undo each other but for a part: by the same factor, or by the same amount.
        func isUndone(by other: Sides, within part: Double, scale: SpikeScale) -> Bool {
            func isUndone(_ amount: (Double) -> Double) -> Bool {
                let (up, down) = (amount(after) - amount(before), amount(other.after) - amount(other.before))
                return abs(up + down) < part * max(abs(up), abs(down))
            }
            return isUndone { $0 } || isUndone(scale.backward)
        }
    }

    /// - Parameters:
    ///   - left: places before the step, which end where it is.
    ///   - right: places after it.
    static func sides(_ values: [Double], _ left: Range<Int>, _ right: Range<Int>) -> Sides {
        let all =
            parts(values, left.suffix(reach), isAfter: false) + parts(values, right.prefix(reach), isAfter: true)
        let first = fit(all)
        let rest = all.map { abs(first.rest($0)) }
        let spread = 1.4826 * SpikeCourse.median(rest)
        let kept = zip(all, rest).filter { $0.1 <= strange * spread }.map(\.0)
        let isWhole = kept.contains(where: \.isAfter) && kept.contains { !$0.isAfter }
        return (isWhole ? fit(kept) : first).sides(at: Double(right.lowerBound))
    }

    private static func parts(_ values: [Double], _ places: Range<Int>, isAfter: Bool) -> [Part] {
        stride(from: places.lowerBound, to: places.upperBound, by: width).map { start in
            let part = start..<min(start + width, places.upperBound)
            return Part(
                isAfter: isAfter, center: Double(part.lowerBound + part.upperBound) / 2,
                level: SpikeCourse.median(Array(values[part])), weight: Double(part.count))
        }
    }

    /// Two parallel lines.
    private struct Lines {
        var slope: Double
        /// Where each crosses zero.
        var before: Double
        var after: Double

        func sides(at place: Double) -> Sides { Sides(before: before + slope * place, after: after + slope * place) }

        func rest(_ part: Part) -> Double { part.level - slope * part.center - (part.isAfter ? after : before) }
    }

    private static func fit(_ parts: [Part]) -> Lines {
        let sides = [false, true].map { side in parts.filter { $0.isAfter == side } }
        func mean(_ side: [Part], _ value: (Part) -> Double) -> Double {
            side.reduce(0) { $0 + $1.weight * value($1) } / max(1, side.reduce(0) { $0 + $1.weight })
        }
        var (squares, products) = (0.0, 0.0)
        for side in sides {
            let (center, level) = (mean(side, \.center), mean(side, \.level))
            for part in side {
                squares += part.weight * (part.center - center) * (part.center - center)
                products += part.weight * (part.center - center) * (part.level - level)
            }
        }
        let slope = squares > 0 ? products / squares : 0
        func start(_ side: [Part]) -> Double { mean(side, \.level) - slope * mean(side, \.center) }
        return Lines(slope: slope, before: start(sides[0]), after: start(sides[1]))
    }
}
