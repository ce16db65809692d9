package import ForensicsModel

/// One record that a check noticed.
package struct Sighting: Sendable {
    package var check: CheckID
    package var blame: Blame
    package var subject: Subject
    package var kind: EvidenceKind
    package var id: FactID
    package var offset: UInt64
    /// Record time.
    package var time: Timestamp
    /// What orders evidence by size, as the check says.
    package var measure: Int64
    /// Bits that the check gives a meaning; an episode keeps all that were set.
    package var tags: UInt64

    /// A sighting of any record.
    package init(
        _ check: CheckID, _ blame: Blame, _ subject: Subject, id: FactID, offset: UInt64, time: Timestamp,
        kind: EvidenceKind, measure: Int64 = 0, tags: UInt64 = 0
    ) {
        self.check = check
        self.blame = blame
        self.subject = subject
        self.kind = kind
        self.id = id
        self.offset = offset
        self.time = time
        self.measure = measure
        self.tags = tags
    }

    package init(
        _ check: CheckID, _ blame: Blame, _ subject: Subject, _ exchange: Exchange, measure: Int64, tags: UInt64 = 0
    ) {
        self.init(
            check, blame, subject, id: exchange.id, offset: exchange.offset, time: exchange.time, kind: exchange.kind,
            measure: measure, tags: tags)
    }

    package init(
        _ check: CheckID, _ blame: Blame, _ subject: Subject, _ connection: Connection, measure: Int64, tags: UInt64 = 0
    ) {
        self.init(
            check, blame, subject, id: connection.id, offset: connection.offset, time: connection.end,
            kind: connection.kind, measure: measure, tags: tags)
    }

    package init(
        _ check: CheckID, _ blame: Blame, _ subject: Subject, _ probe: HealthCheck, measure: Int64, tags: UInt64 = 0
    ) {
        self.init(
            check, blame, subject, id: probe.id, offset: probe.offset, time: probe.time, kind: probe.kind,
            measure: measure, tags: tags)
    }

    /// Events come from captures alone; whether from a live one, `CheckSet` knows.
    package init(
        _ check: CheckID, _ blame: Blame, _ subject: Subject, _ event: Event, measure: Int64, tags: UInt64 = 0
    ) {
        self.init(
            check, blame, subject, id: event.id, offset: event.offset, time: event.time, kind: .pcap, measure: measure,
            tags: tags)
    }
}
