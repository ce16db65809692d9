import ForensicsCompare
import ForensicsModel

/// Says what an answer lacks because the case does not keep all rows: `--rows notable` and `--rows none`.
struct RowCaveats {
    let session: CaseSession
    let group: EvidenceGroup
    /// Nanoseconds; what `--long` says.
    let long: Int64

    static let code = "rows-left-out"

    var caveat: ComparisonResult.Caveat? {
        let rows = session.rows(of: group)
        guard rows != .all else { return nil }
        var missing = ["combinations of values, and who makes what is slow or one sort of errors, are not looked at"]
        if group.kind == .alb {
            missing.append(
                "connections cannot be put together from requests, so that "
                    + (rows == .none ? "of the long ones only single long requests show" : "long ones are not listed"))
        } else if rows == .none, group.kind.told.contains(.connectionLengths) {
            missing.append(
                "long connections are counted by the minutes in which a client ended some, so that there may be more, and "
                    + "nothing tells which were open before, nor which the evidence cut")
        } else if group.kind.told.contains(.connectionLengths), long < RowSelection.longConnection {
            missing.append("connections up to 5 min are not kept, so that --long shorter than that misses most")
        }
        return .init(
            code: Self.code,
            text: "The case does not keep all rows of \(group.name): \(missing.joined(separator: "; ")).")
    }
}
