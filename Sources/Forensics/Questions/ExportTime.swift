import ForensicsModel
import ForensicsStore

/// What makes a row of a view belong to the time asked for.
///
/// A fact belongs to the window that holds its record time, and an episode to every window in which it goes on. What has
/// no time of its own belongs where its finding or its source does.
struct ExportTime {
    private let window: TimeWindow?
    private let view: CaseView
    /// The findings, or the sources, of that time; of views that name them.
    private var owners: Set<Int64> = []

    init(_ session: CaseSession, of view: CaseView) throws(ForensicsError) {
        self.view = view
        window = session.window
        guard let window else { return }
        switch view {
        case .evidence:
            let findings = try session.reading { try session.store.findings() }
            owners = Set(
                findings.filter { window.overlaps($0.finding.start, $0.finding.end) }.map(\.number))
        case .sources, .rejects, .coverage:
            owners = Set(session.sources.filter(session.isInTime).map { Int64($0.id) })
        default: break
        }
    }

    /// - Parameter number: the value of a column of the row; `nil` where there is none.
    func admits(_ number: (String) -> Int64?) -> Bool {
        guard let window else { return true }
        switch view {
        case .evidence: return number("finding_id").map(owners.contains) ?? false
        case .sources: return number("id").map(owners.contains) ?? false
        case .rejects, .coverage: return number("source_id").map(owners.contains) ?? false
        case .findings:
            guard let start = number("time_ns"), let end = number("end_ns") else { return false }
            return window.overlaps(Timestamp(nanoseconds: start), Timestamp(nanoseconds: end))
        default:
            guard let time = number("time_ns") ?? number("end_ns") else { return true }
            return window.contains(Timestamp(nanoseconds: time))
        }
    }
}
