import ForensicsModel
import GRDB

/// Sources whose roll-ups of minutes are added up to roll-ups of hours together: those of one kind that never show the same
/// traffic twice, as all logs of a kind, or one capture set.
///
/// The hours lie under the ordinal of one of the sources, their `home`. They count only while they were made of exactly the
/// sources that the case has of the body: whoever adds or removes a source (also a program that knows nothing of hours)
/// puts them out of use by that, until they are made anew (`CaseStore.sumHours`).
struct HourBody {
    let kind: EvidenceKind
    /// In order of their public ids.
    let sources: [CountedSource]
    /// The sources that the hours were made of, by their home: one, or none.
    private(set) var homes: [UInt32: Set<UInt32>] = [:]

    /// Where the hours lie that tell what the minutes of all sources tell; `nil` if there are none.
    var home: UInt32? { homes.first { $0.value == ordinals }?.key }

    var ordinals: Set<UInt32> { Set(sources.map(\.ordinal)) }

    /// The bodies of a case, and homes whose hours are of no use: they were made of what is no longer together.
    ///
    /// - Parameter sources: all that the case has, in order of their public ids.
    static func all(
        of sources: [CountedSource], _ database: Database
    ) throws -> (bodies: [HourBody], useless: Set<UInt32>) {
        var homes: [UInt32: UInt32] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT source, home FROM hour_source") {
            homes[UInt32(clamping: row[0] as Int64)] = UInt32(clamping: row[1] as Int64)
        }
        let groups = Dictionary(grouping: sources, by: \.body).sorted { $0.key < $1.key }
        var bodies = groups.map { HourBody(kind: $0.value[0].kind, sources: $0.value) }
        for index in bodies.indices {
            for source in bodies[index].sources {
                guard let home = homes.removeValue(forKey: source.ordinal) else { continue }
                bodies[index].homes[home, default: []].insert(source.ordinal)
            }
        }
        let useless = useless(bodies).union(homes.values)
        for index in bodies.indices where !useless.isDisjoint(with: bodies[index].homes.keys) {
            bodies[index].homes = [:]
        }
        return (bodies, useless)
    }

    /// Homes whose sources are of several bodies by now, or beside which a body has another; and those of flow logs that have
    /// become more: their connections are made of all together, so that one more changes what was counted with the others.
    private static func useless(_ bodies: [HourBody]) -> Set<UInt32> {
        var useless: Set<UInt32> = []
        var seen: Set<UInt32> = []
        for body in bodies {
            let isChanged = body.kind == .vpcFlow && body.home == nil
            for home in body.homes.keys where !seen.insert(home).inserted || body.homes.count > 1 || isChanged {
                useless.insert(home)
            }
        }
        return useless
    }
}

extension HourBody {
    /// Minutes of an hour.
    static let hour: Int64 = 60

    /// The whole hours of some minutes, as minutes: at their ends also those hours of which the sources tell nothing outside.
    func hours(of minutes: Range<Int64>?) -> Range<Int64> {
        let spans = sources.compactMap(\.minutes)
        guard let first = spans.map(\.lowerBound).min(), let last = spans.map(\.upperBound).max() else { return 0..<0 }
        var from = Self.start(ofHour: first)
        var to = Self.start(ofHour: last) + Self.hour
        if let minutes {
            if minutes.lowerBound > first { from = Self.start(ofHour: minutes.lowerBound + Self.hour - 1) }
            if minutes.upperBound <= last { to = Self.start(ofHour: minutes.upperBound) }
        }
        return from..<max(from, to)
    }

    /// The minute in which the hour of a minute begins.
    static func start(ofHour minute: Int64) -> Int64 {
        let rest = minute % hour
        return minute - (rest < 0 ? rest + hour : rest)
    }
}
