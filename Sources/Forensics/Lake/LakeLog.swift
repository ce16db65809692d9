import ForensicsLakeQueries
import ForensicsModel

/// The logs that have a table in `Queries/lake`.
enum LakeLog: CaseIterable, Sendable {
    case alb
    case albConnection
    case nlb
    case clb
    case vpcFlow

    var kind: EvidenceKind {
        switch self {
        case .alb: .alb
        case .albConnection: .albConnection
        case .nlb: .nlb
        case .clb: .clb
        case .vpcFlow: .vpcFlow
        }
    }

    /// The table's name where the user gives none.
    var table: String {
        switch self {
        case .alb: "alb_access"
        case .albConnection: "alb_connection"
        case .nlb: "nlb_access"
        case .clb: "clb_access"
        case .vpcFlow: "vpc_flow"
        }
    }

    /// The statement that creates the table.
    var definition: LakeTemplate {
        switch self {
        case .alb: LakeTemplate(LakeQueries.albAccess)
        case .albConnection: LakeTemplate(LakeQueries.albConnection)
        case .nlb: LakeTemplate(LakeQueries.nlbAccess)
        case .clb: LakeTemplate(LakeQueries.clbAccess)
        case .vpcFlow: LakeTemplate(LakeQueries.vpcFlow)
        }
    }

    /// The query that turns lines into rows.
    ///
    /// - Parameter values: what fills its places.
    func facts(_ values: [String: String]) -> String {
        guard let lines else { return LakeTemplate(LakeQueries.vpcFlowFacts).filled(values) }
        return LakeTemplate(LakeQueries.facts).filled(["lines": LakeTemplate(lines).filled(values)])
    }

    /// The query that gives its columns the names that all have; `nil` for rows of intervals, which are neither requests nor
    /// connections.
    private var lines: [UInt8]? {
        switch self {
        case .alb: LakeQueries.albLines
        case .albConnection: LakeQueries.albConnectionLines
        case .nlb: LakeQueries.nlbLines
        case .clb: LakeQueries.clbLines
        case .vpcFlow: nil
        }
    }

    /// What its lines count by default.
    var measure: RankMeasure { self == .alb || self == .clb ? .requests : .connections }

    /// Whether its lines tell how long a connection lasted, so that one logged after a window may have been open in it.
    var tellsDurations: Bool { self == .nlb }

    /// Whether windows of it can be compared: flow logs are rows of intervals, which only a case stitches together.
    var isComparable: Bool { self != .vpcFlow }

    init(kind text: String) throws(ForensicsError) {
        guard let log = Self.allCases.first(where: { $0.kind.name == text }) else {
            let names = Self.allCases.map(\.kind.name).joined(separator: ", ")
            throw ForensicsError(.usage, "--kind \(text): has no table; use one of \(names).")
        }
        self = log
    }
}
