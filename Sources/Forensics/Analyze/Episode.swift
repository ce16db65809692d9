package import ForensicsModel

/// What a check saw of one subject without five quiet minutes between.
///
/// Two episodes can be joined in either order with the same outcome.
package struct Episode: Sendable {
    /// How many of the first records, and of the largest, are kept as evidence.
    package static let firstLimit = 16
    /// How many of the records with the largest measure are kept as evidence.
    package static let largestLimit = 15
    /// Longer quiet ends an episode; nanoseconds.
    package static let quiet: Int64 = 300_000_000_000

    package internal(set) var start: Timestamp
    package internal(set) var end: Timestamp
    /// Exact.
    package internal(set) var count: UInt64 = 1
    /// In the unit of the check; 0 where it measures nothing. Likewise for the next.
    package internal(set) var largestMeasure: Int64
    package internal(set) var smallestMeasure: Int64
    /// Of all measures, up to the largest number there is.
    package internal(set) var sum: Int64
    /// What sightings were marked with, together: bits that the check gives a meaning.
    package internal(set) var tags: UInt64
    /// When its records came.
    package internal(set) var course: EpisodeCourse
    /// Of the first record.
    package internal(set) var kind: EvidenceKind
    /// By id.
    var first: [Finding.Evidence]
    var last: Finding.Evidence
    /// By measure from the largest; equal ones by id.
    var largest: [Finding.Evidence]

    /// Begins with one sighting.
    package init(_ sighting: Sighting) {
        let evidence = Finding.Evidence(id: sighting.id, offset: sighting.offset, measure: sighting.measure)
        self.init(evidence, kind: sighting.kind, at: sighting.time, tags: sighting.tags)
    }

    /// An episode of one record.
    init(_ evidence: Finding.Evidence, kind: EvidenceKind, at time: Timestamp, tags: UInt64) {
        start = time
        end = time
        course = EpisodeCourse(time)
        largestMeasure = evidence.measure
        smallestMeasure = evidence.measure
        sum = evidence.measure
        self.tags = tags
        self.kind = kind
        last = evidence
        first = [evidence]
        largest = [evidence]
    }

    /// The mean measure.
    package var mean: Int64 { sum / Int64(clamping: max(1, count)) }

    /// Adds a sighting, in any order of time; that it belongs here is for the caller to know.
    package mutating func note(_ sighting: Sighting) {
        let evidence = Finding.Evidence(id: sighting.id, offset: sighting.offset, measure: sighting.measure)
        if Self.precedes(evidence, first[0]) { kind = sighting.kind }
        if sighting.time.nanoseconds < start.nanoseconds { start = sighting.time }
        if sighting.time.nanoseconds > end.nanoseconds { end = sighting.time }
        count += 1
        course.note(sighting.time)
        largestMeasure = max(largestMeasure, sighting.measure)
        smallestMeasure = min(smallestMeasure, sighting.measure)
        if sighting.measure != 0 { sum = sum.addingSaturated(sighting.measure) }
        tags |= sighting.tags
        keep(evidence)
    }

    /// Adds records without a measure that all come after at least `firstLimit` others noted here. When each came is not told.
    package mutating func extend(_ count: UInt64, _ start: Timestamp, _ end: Timestamp, last: Finding.Evidence) {
        self.count += count
        course.forget()
        if start.nanoseconds < self.start.nanoseconds { self.start = start }
        if end.nanoseconds > self.end.nanoseconds { self.end = end }
        if Self.precedes(self.last, last) { self.last = last }
    }

    /// Adds all of another episode of the same key.
    package mutating func join(_ other: Episode) {
        if Self.precedes(other.first[0], first[0]) { kind = other.kind }
        start = min(start, other.start)
        end = max(end, other.end)
        count += other.count
        course.join(other.course)
        largestMeasure = max(largestMeasure, other.largestMeasure)
        smallestMeasure = min(smallestMeasure, other.smallestMeasure)
        sum = sum.addingSaturated(other.sum)
        tags |= other.tags
        for evidence in other.first { keepFirst(evidence) }
        for evidence in other.largest { keepLargest(evidence) }
        if Self.precedes(last, other.last) { last = other.last }
    }

    /// The records that show it: the first, the last, the largest, each once, by id.
    package var evidence: [Finding.Evidence] {
        var all = (first + largest + [last]).sorted(by: Self.precedes)
        var kept = 0
        for index in all.indices where kept == 0 || all[kept - 1].id != all[index].id {
            all[kept] = all[index]
            kept += 1
        }
        return Array(all[..<kept])
    }

    /// The first record.
    package var firstID: FactID { first[0].id }

    mutating func keep(_ evidence: Finding.Evidence) {
        if first.count < Self.firstLimit || Self.precedes(evidence, first[first.count - 1]) { keepFirst(evidence) }
        if largest.count < Self.largestLimit || Self.exceeds(evidence, largest[largest.count - 1]) {
            keepLargest(evidence)
        }
        if Self.precedes(last, evidence) { last = evidence }
    }

    private mutating func keepFirst(_ evidence: Finding.Evidence) {
        var place = first.count
        while place > 0, Self.precedes(evidence, first[place - 1]) { place -= 1 }
        first.insert(evidence, at: place)
        if first.count > Self.firstLimit { first.removeLast() }
    }

    private mutating func keepLargest(_ evidence: Finding.Evidence) {
        var place = largest.count
        while place > 0, Self.exceeds(evidence, largest[place - 1]) { place -= 1 }
        largest.insert(evidence, at: place)
        if largest.count > Self.largestLimit { largest.removeLast() }
    }

    private static func precedes(_ left: Finding.Evidence, _ right: Finding.Evidence) -> Bool {
        (left.id.rawValue, left.offset, left.measure) < (right.id.rawValue, right.offset, right.measure)
    }

    private static func exceeds(_ left: Finding.Evidence, _ right: Finding.Evidence) -> Bool {
        left.measure != right.measure ? left.measure > right.measure : precedes(left, right)
    }
}
