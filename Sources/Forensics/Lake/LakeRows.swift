/// What a statement answered: texts, as every engine hands them out.
package struct LakeRows: Sendable {
    package var columns: [String]
    package var rows: [[String?]]

    package init(columns: [String], rows: [[String?]]) {
        self.columns = columns
        self.rows = rows
    }
}

/// What runs a statement where the logs are.
public protocol LakeEngine: Sendable {
    /// Whether days are projected: else each one's folder has to be named.
    var projectsDays: Bool { get }
    /// Runs some statements for their effect, then one for its rows.
    func run(_ effects: [String], then query: String?) throws -> LakeAnswer
}

/// The rows of a statement, for the library alone.
public struct LakeAnswer: Sendable {
    package var rows: LakeRows

    package init(rows: LakeRows) { self.rows = rows }
}
