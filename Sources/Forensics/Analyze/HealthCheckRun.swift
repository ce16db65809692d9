import ForensicsModel

/// What one address asks of one target, as far as it may be health checks.
struct HealthCheckRun: Sendable {
    /// What a connection says by itself.
    enum Sign: Sendable {
        /// A known HTTP check.
        case asked
        /// It was refused, or nobody answered.
        case failed
        /// No more than a handshake, or a datagram or two.
        case empty
    }

    struct One: Sendable {
        var time: Timestamp
        var sign: Sign
        /// `nil` of a known check, for which nothing is to be decided.
        var held: HeldConnection?
    }

    /// Connections that are kept until they are decided.
    private static let limit = HealthBeats.needed(HealthBeats.limit)

    private var asked = HealthBeats(isHTTP: true)
    private var plain = HealthBeats(isHTTP: false)
    /// Those that were on no beat, in order of time.
    private var recent: [One] = []
    private var isClient = false
    /// When the latest began.
    private(set) var latest = Timestamp(nanoseconds: .min)

    /// Connections that are kept, known checks among them.
    var count: Int { recent.count }

    /// All that is not decided.
    var held: [HeldConnection] { recent.compactMap(\.held) }

    /// Takes a connection, and gives those that are decided by it: marked, or as they were.
    ///
    /// - Parameters:
    ///   - isClient: whether the address has asked the target for something else: what only failed proves nothing then.
    ///   - isFull: whether nothing more may be kept.
    /// - Returns: `false` for one that is given back undecided, as nothing more may be kept.
    mutating func take(_ one: One, isClient: Bool, isFull: Bool, _ decided: inout [HeldConnection]) -> Bool {
        self.isClient = isClient
        latest = max(latest, one.time)
        if let probe = beat(of: one) {
            Self.give(one, probe, &decided)
            return true
        }
        if isFull {
            Self.give(one, nil, &decided)
            return false
        }
        var place = recent.count
        while place > 0, one.time < recent[place - 1].time { place -= 1 }
        recent.insert(one, at: place)
        if !findBeats(endingAt: place, isHTTP: true, &decided) {
            _ = findBeats(endingAt: place, isHTTP: false, &decided)
        }
        while let oldest = recent.first,
            recent.count >= Self.limit || one.time.since(oldest.time) > HealthBeats.memory
        {
            Self.give(recent.removeFirst(), nil, &decided)
        }
        return true
    }

    /// The kind of check that an attempt to connect which nobody answered is by a beat that is known; `nil` where it is on none.
    mutating func probe(ofFailureAt time: Timestamp) -> HealthCheck.Probe? {
        guard let probe = beat(of: One(time: time, sign: .failed, held: nil)) else { return nil }
        latest = max(latest, time)
        return probe
    }

    private static func give(_ one: One, _ probe: HealthCheck.Probe?, _ decided: inout [HeldConnection]) {
        guard var held = one.held else { return }
        held.probe = probe
        decided.append(held)
    }

    /// The kind of check that a connection is by a beat that is known. Where a handshake was made but nothing asked, it is no
    /// check of HTTP.
    private mutating func beat(of one: One) -> HealthCheck.Probe? {
        if one.sign != .empty, asked.take(one.time, isKnown: one.sign == .asked) { return .http }
        if one.sign != .asked, plain.take(one.time, isKnown: false) { return .tcp }
        return nil
    }

    /// Looks whether the connections up to one have come round often enough to be checks, and marks them if so.
    private mutating func findBeats(endingAt place: Int, isHTTP: Bool, _ decided: inout [HeldConnection]) -> Bool {
        let other: Sign = isHTTP ? .empty : .asked
        guard recent[place].sign != other else { return false }
        let places = recent[...place].indices.filter { recent[$0].sign != other }
        let times = places.map { recent[$0].time }
        for count in 1...HealthBeats.limit {
            let needed = HealthBeats.needed(count)
            guard times.count >= needed else { return false }
            let window = places.suffix(needed)
            let beats = isHTTP ? asked : plain
            guard let pace = beats.pace(times.suffix(needed), beats: count), proves(window, isHTTP: isHTTP)
            else {
                continue
            }
            if isHTTP {
                asked.add(times.suffix(count), pace)
            } else {
                plain.add(times.suffix(count), pace)
            }
            mark(window, isHTTP ? .http : .tcp, &decided)
            return true
        }
        return false
    }

    /// Whether connections at a pace are checks: of HTTP if most are known to be; others unless the address checks by HTTP,
    /// where those that only failed are more likely its clients', as they are of an address that is a client itself.
    private func proves(_ window: ArraySlice<Int>, isHTTP: Bool) -> Bool {
        if isHTTP { return window.count { recent[$0].sign == .asked } * 2 > window.count }
        return (asked.isEmpty && !isClient) || window.contains { recent[$0].sign == .empty }
    }

    /// Gives what proved a beat, and what the beat then explains of the others.
    private mutating func mark(
        _ window: ArraySlice<Int>, _ probe: HealthCheck.Probe, _ decided: inout [HeldConnection]
    ) {
        var rest: [One] = []
        for place in recent.indices {
            if window.contains(place) {
                Self.give(recent[place], probe, &decided)
            } else if recent[place].held != nil, let explained = beat(of: recent[place]) {
                Self.give(recent[place], explained, &decided)
            } else {
                rest.append(recent[place])
            }
        }
        recent = rest
    }
}
