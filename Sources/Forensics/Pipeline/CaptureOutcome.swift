import ForensicsModel
import ForensicsTrack

/// What tracking one capture set gave beside its rows.
struct CaptureOutcome: Sendable {
    var sources: [SourceOutcome]
    /// What the set adds up to, or the last portion of it.
    var counts = RollupPortion()
    var findings: [Finding] = []
    /// Sightings that may be missing in findings: `CheckSet.refusedSightings`.
    var refusedSightings: UInt64 = 0
    /// Connections that may be health checks and could not be watched: `PacedHealthProbes.unwatched`.
    var unwatchedProbes: UInt64 = 0
    var counters = TrackCounters()
    /// Requests and connections that were captured twice on their way.
    var secondLegs: UInt64 = 0
}
