/// The usual value of each minute of a series, on the scale that deviations are measured on.
///
/// Medians throughout, so that a spike does not lift what it is held against. From three days on, each minute of the day
/// is held against that minute of the other days.
enum SpikeCourse {
    /// What minutes are held against.
    enum Kind {
        /// One median of all.
        case single
        /// A median over the hours around.
        case running
        /// The same minute of other days.
        case seasonal

        init(_ minutes: Int) {
            self =
                minutes >= 3 * SpikeCourse.day - SpikeCourse.margin
                ? .seasonal : minutes <= SpikeCourse.globalMinutes ? .single : .running
        }
    }

    private static let day = 1440
    /// The first and last minutes of evidence are often cut: three days less this are three days.
    private static let margin = 60
    /// A stretch longer than this is no longer held against one median.
    private static let globalMinutes = 360
    private static let halfWidth = 120
    private static let step = 10
    /// Minutes of the day to either side that a minute shares its usual value with.
    private static let seasonalHalfWidth = 7
    /// Standard errors from which a minute of the day is believed to differ from those around it.
    private static let ownMinute = 3.0

    /// Returns one value per minute.
    static func usual(_ values: [Double]) -> [Double] {
        switch Kind(values.count) {
        case .single: [Double](repeating: median(values.filter { !$0.isNaN }), count: values.count)
        case .running: running(values)
        case .seasonal: seasonal(values)
        }
    }

    /// A median over four hours around every tenth minute, joined by straight lines.
    private static func running(_ values: [Double]) -> [Double] {
        let knots = stride(from: 0, through: values.count + step, by: step).map { center in
            median(
                values[max(0, min(values.count, center - halfWidth))..<min(values.count, center + halfWidth)]
                    .filter { !$0.isNaN })
        }
        return values.indices.map { index in
            let part = Double(index % step) / Double(step)
            return knots[index / step] * (1 - part) + knots[index / step + 1] * part
        }
    }

    /// The median over the days of each minute of the day, which what happened on one day does not move.
    ///
    /// Then a median over the minutes around it, which leaves the edges of a job that runs every day where they are, as a
    /// mean would not. A minute that differs from that beyond chance, of a job of few minutes, keeps its own.
    private static func seasonal(_ values: [Double]) -> [Double] {
        let profile = (0..<day).map { minute in
            let same = stride(from: minute, to: values.count, by: day).map { values[$0] }.filter { !$0.isNaN }
            return same.isEmpty ? Double.nan : median(same)
        }
        let smooth = profile.indices.map { minute in
            median(
                (minute - seasonalHalfWidth...minute + seasonalHalfWidth).map { profile[($0 + day) % day] }
                    .filter { !$0.isNaN })
        }
        let rest = zip(profile, smooth).map { $0 - $1 }
        let own = ownMinute * 1.4826 * median(rest.filter { !$0.isNaN }.map { abs($0) })
        let course = rest.indices.map { abs(rest[$0]) > own ? profile[$0] : smooth[$0] }
        return values.indices.map { course[$0 % day] }
    }

    /// The usual level of a stretch that stands out: where other days tell it, theirs alone, since of three days one that is
    /// part of the median lifts it. The course of few minutes is told by those around them too, and stays.
    ///
    /// - Parameter course: what is usual, the stretch included.
    static func level(of stretch: Range<Int>, in values: [Double], course: [Double]) -> Double {
        let own = median(stretch.map { course[$0] })
        guard Kind(values.count) == .seasonal, stretch.count > 2 * seasonalHalfWidth else { return own }
        let others = stretch.compactMap { minute in
            let same = stride(from: minute % day, to: values.count, by: day)
                .filter { !stretch.contains($0) && !values[$0].isNaN }.map { values[$0] }
            return same.isEmpty ? nil : median(same)
        }
        return others.isEmpty ? own : median(others)
    }

    static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        let half = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
    }
}
