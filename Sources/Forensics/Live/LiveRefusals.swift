import ForensicsModel

/// What tables had no room for since a capture began.
struct LiveRefusals: Sendable {
    /// Open connections given out before their end.
    var evicted: UInt64 = 0
    /// Sightings that findings may lack: `CheckSet.refusedSightings`.
    var sightings: UInt64 = 0
    /// Connections that may be health checks and count as clients': `PacedHealthProbes.unwatched`.
    var probes: UInt64 = 0

    mutating func add(_ other: LiveRefusals) {
        evicted += other.evicted
        sightings += other.sightings
        probes += other.probes
    }

    /// What there was no room for, in words; `nil` if there was for everything.
    var text: String? {
        let told = [
            (evicted, "connections given out early"), (sightings, "sightings that findings may lack"),
            (probes, "connections that may be health checks and count as clients'"),
        ].filter { $0.0 > 0 }.map { "\(DecimalText.grouped($0.0)) \($0.1)" }
        return told.isEmpty ? nil : told.joined(separator: ", ")
    }
}
