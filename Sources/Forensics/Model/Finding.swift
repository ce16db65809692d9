/// How much a finding matters.
package enum Severity: UInt8, Sendable, CaseIterable, Comparable {
    case info = 0
    case notice, warning, critical

    /// The name in the case file.
    package var name: String {
        switch self {
        case .info: "info"
        case .notice: "notice"
        case .warning: "warning"
        case .critical: "critical"
        }
    }

    package static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }
}

/// What a check concluded: an episode of one subject and one blamed side, with the records that prove it.
///
/// An episode lasts until five minutes pass without another sighting. `count` is exact; `evidence` keeps the first
/// 16 records, the last, and the 15 with the largest measure.
package struct Finding: Sendable {
    /// The first record that shows it, which is its identity together with check and subject.
    package var id: FactID
    /// The check's stable name, such as `reset-by-target`.
    package var check: String
    package var severity: Severity
    package var blame: Blame
    package var kind: EvidenceKind
    /// Whom or what it is about: an address, a target, a domain.
    package var subject: String
    package var summary: String
    package var start: Timestamp
    package var end: Timestamp
    package var count: UInt64
    package var evidence: [Evidence]

    /// A record that shows a finding.
    package struct Evidence: Sendable, Hashable {
        package var id: FactID
        package var offset: UInt64
        /// What orders evidence by size, in the unit of the check.
        package var measure: Int64

        package init(id: FactID, offset: UInt64, measure: Int64) {
            self.id = id
            self.offset = offset
            self.measure = measure
        }
    }

    /// What the measures of a check's evidence are numbers of.
    package enum Unit: String, Sendable {
        case nanoseconds = "ns"
        /// Of things, or a number that names something, as a status does.
        case none = ""
    }

    package init(
        id: FactID, check: String, severity: Severity, blame: Blame, kind: EvidenceKind, subject: String,
        summary: String, start: Timestamp, end: Timestamp, count: UInt64, evidence: [Evidence]
    ) {
        self.id = id
        self.check = check
        self.severity = severity
        self.blame = blame
        self.kind = kind
        self.subject = subject
        self.summary = summary
        self.start = start
        self.end = end
        self.count = count
        self.evidence = evidence
    }
}
