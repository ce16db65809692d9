import ForensicsModel
import ForensicsStore

/// Whose clock a record's times are of: those of a capture point, or those of AWS for the logs of a kind.
struct EvidenceClock: Hashable, Comparable {
    var kind: EvidenceKind
    /// The capture point; `nil` for logs.
    var vantage: String?

    /// How it is named in an answer: `alb`, or `pcap, vantage target.pcap`.
    var name: String { vantage.map { "\(kind.name), vantage \($0)" } ?? kind.name }

    /// Logs before captures: the times of AWS are those that others are told against.
    static func < (left: EvidenceClock, right: EvidenceClock) -> Bool {
        if left.kind.isCapture != right.kind.isCapture { return right.kind.isCapture }
        if left.kind != right.kind { return left.kind < right.kind }
        return (left.vantage ?? "") < (right.vantage ?? "")
    }
}

extension CaseSession {
    /// The clock of every source that `--kind` and `--vantage` leave, by its id.
    var clocks: [UInt32: EvidenceClock] {
        let vantages = vantages
        let pairs = sources.filter(admits).map { ($0.id, EvidenceClock(kind: $0.kind, vantage: vantages[$0.id])) }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }
}
