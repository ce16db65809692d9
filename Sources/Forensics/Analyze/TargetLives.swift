import ForensicsModel

/// From when to when each target was checked, and when it passed, by each checker: what tells one that came into service, or
/// left it, from one that failed while it served. At most `limit` pairs; further ones are not followed.
struct TargetLives: Sendable {
    static let limit = 65_536

    /// What one checker saw of one target. The order of its checks plays no part.
    struct Life: Sendable {
        var first: Timestamp
        var last: Timestamp
        var firstPass = Timestamp(nanoseconds: .max)
        var lastPass = Timestamp(nanoseconds: .min)
        var count: UInt64 = 1

        init(_ time: Timestamp, isHealthy: Bool) {
            first = time
            last = time
            if isHealthy {
                firstPass = time
                lastPass = time
            }
        }

        mutating func join(_ other: Life) {
            first = min(first, other.first)
            last = max(last, other.last)
            firstPass = min(firstPass, other.firstPass)
            lastPass = max(lastPass, other.lastPass)
            count += other.count
        }

        /// How far its checks are apart; `nil` where there are too few.
        var interval: Int64? {
            count < 3 ? nil : min(TargetLives.intervals.upperBound, last.since(first) / Int64(clamping: count - 1))
        }
    }

    private(set) var lives: [HealthStateTable.Key: Life] = [:]

    mutating func note(_ key: HealthStateTable.Key, _ life: Life) {
        if let index = lives.index(forKey: key) {
            lives.values[index].join(life)
        } else if lives.count < Self.limit {
            lives[key] = life
        }
    }

    /// Targets that serve the same: of logs those of a target group, of captures those of a port.
    struct Group {
        var name: Subject
        var lives: [(key: HealthStateTable.Key, life: Life)] = []

        /// How far the checks of one checker are apart, as target groups may have it. What a log lacks makes single ones longer.
        var interval: Int64 {
            max(TargetLives.intervals.lowerBound, lives.compactMap(\.life.interval).min() ?? TargetLives.usualInterval)
        }
    }

    private static let intervals: ClosedRange<Int64> = 1_000_000_000...300_000_000_000
    /// What target groups have unless changed.
    private static let usualInterval: Int64 = 30_000_000_000

    /// The targets by what they serve, in an order that does not depend on the run.
    var groups: [Group] {
        var groups: [Subject: Group] = [:]
        for (key, life) in lives.sorted(by: { HealthStateTable.precedes($0.key, $1.key) }) {
            let name =
                key.targetGroup == 0 ? Subject(port: key.target.endpoint?.port ?? 0) : Subject(text: key.targetGroup)
            groups[name, default: Group(name: name)].lives.append((key, life))
        }
        return groups.values.sorted { Subject.precedes($0.name, $1.name) }
    }

    func write(to writer: inout NumberWriter) {
        writer.add(UInt64(lives.count))
        for (key, life) in lives.sorted(by: { HealthStateTable.precedes($0.key, $1.key) }) {
            writer.add(key)
            writer.add(life.count)
            writer.add(life.first)
            writer.add(life.last)
            let hasPassed = life.firstPass <= life.lastPass
            writer.add(hasPassed ? 1 : 0)
            if hasPassed {
                writer.add(life.firstPass)
                writer.add(life.lastPass)
            }
        }
    }
}

extension TargetLives.Life {
    /// Reads what `write` wrote of one.
    init?(_ reader: inout NumberReader) {
        guard let count = reader.next(), let first = reader.nextTime(), let last = reader.nextTime(),
            let hasPassed = reader.next()
        else { return nil }
        self.init(first, isHealthy: false)
        self.last = last
        self.count = max(1, min(count, UInt64(UInt32.max)))
        if hasPassed == 0 { return }
        guard let firstPass = reader.nextTime(), let lastPass = reader.nextTime() else { return nil }
        self.firstPass = firstPass
        self.lastPass = lastPass
    }
}
