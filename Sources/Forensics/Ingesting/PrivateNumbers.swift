import ForensicsModel
import ForensicsStore

/// Turns public numbers of sources into those by which a case keeps facts.
///
/// What is put together from several sources names them by public numbers while it is: their order, which decides what
/// comes first, does not depend on the run.
struct PrivateNumbers {
    /// By public number.
    private var ordinals: [UInt32]

    init(_ sources: [SourceRecord]) {
        ordinals = [UInt32](repeating: 0, count: Int(sources.map(\.id).max() ?? 0) + 1)
        for source in sources { ordinals[Int(source.id)] = source.ordinal }
    }

    /// The id with the private number of its source in place of the public one.
    func moved(_ id: FactID) -> FactID {
        let source = Int(id.source)
        return FactID(source: source < ordinals.count ? ordinals[source] : id.source, record: id.record)
    }

    func moved(_ findings: [Finding]) -> [Finding] {
        findings.map { finding in
            var finding = finding
            finding.id = moved(finding.id)
            for place in finding.evidence.indices { finding.evidence[place].id = moved(finding.evidence[place].id) }
            return finding
        }
    }
}
