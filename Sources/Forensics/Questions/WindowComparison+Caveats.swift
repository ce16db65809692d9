import ForensicsCompare
import ForensicsModel
import ForensicsStore

extension WindowComparison {
    /// What the sources of a group themselves say against its numbers.
    ///
    /// - Parameter isWidened: whether the windows had to be counted in whole minutes.
    func caveats(_ group: EvidenceGroup, isWidened: Bool) -> [ComparisonResult.Caveat] {
        var caveats: [ComparisonResult.Caveat] = []
        let ids = Set(group.sources)
        let sources = session.sources.filter { ids.contains($0.id) }
        let rejected = sources.reduce(0) { $0 + $1.rejectedTotal }
        if rejected > 0 {
            caveats.append(
                .init(
                    code: "rejects",
                    text:
                        "\(NumberText.grouped(Int64(clamping: rejected))) records could not be read; see `sources --rejects`."
                ))
        }
        for source in sources where source.kind.isCapture {
            if let detail = source.detail { caveats.append(.init(code: "drops", text: "\(source.path): \(detail).")) }
        }
        // Flow logs tell themselves what they skipped.
        if !group.kind.isCapture, group.kind != .vpcFlow {
            caveats.append(
                .init(
                    code: "best-effort",
                    text: "AWS delivers load balancer logs on a best-effort basis: rows may be missing."))
        }
        let parts = sides.parts(of: group)
        caveats += CoverageCaveats(session: session, group: group).caveats(
            before: parts.before.window, during: parts.during.window)
        if let missing = RowCaveats(session: session, group: group, long: long).caveat { caveats.append(missing) }
        if let text = IngestOptions.mixture(of: Set(sources.map(\.options)), group.kind) {
            caveats.append(.init(code: "mixed-options", text: "Sources of \(group.name) were \(text)"))
        }
        if isWidened {
            caveats.append(
                .init(code: "whole-minutes", text: "The case keeps no rows: the windows were changed to whole minutes.")
            )
        }
        caveats += CaptureCaveats(session: session, group: group).all
        return caveats
    }
}
