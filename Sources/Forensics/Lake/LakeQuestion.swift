import ForensicsCompare
import Foundation
import ForensicsModel

/// What is asked of logs that stay where they are.
public enum LakeQuestion: Sendable {
    /// Make the table; for Spark name the folders of the days from one to another.
    case setup(from: String?, to: String?)
    case top(LakeTop)
    case compare(LakeCompare)
    /// A named question, or SQL, with `name=value` each.
    case query(text: String, parameters: [String], limit: Int?)
}

/// `top`, as the user wrote it.
public struct LakeTop: Sendable {
    /// What to rank.
    public var dimension: String
    /// Start of the window.
    public var from: String
    /// End of the window; not included.
    public var to: String
    /// What to rank and share by; `nil` for what the log counts.
    public var by: RankMeasure?
    /// At most this many rows.
    public var limit = 20

    /// Creates a question.
    public init(dimension: String, from: String, to: String) {
        self.dimension = dimension
        self.from = from
        self.to = to
    }
}

/// `compare`, as the user wrote it.
public struct LakeCompare: Sendable {
    /// The quiet window.
    public var before: String
    /// The window of the incident.
    public var during: String
    /// What to rank and share by; `nil` for what the log counts.
    public var by: RankMeasure?
    /// How many of the most active clients are looked at for long connections.
    public var top = 30
    /// From here on a connection is long.
    public var long = "5m"
    /// The one table of formats that hold one.
    public var table: String?
    /// At most this many rows; `nil` for the default.
    public var limit: Int?

    /// Creates a question.
    public init(before: String, during: String) {
        self.before = before
        self.during = during
    }
}

extension LakeRequest {
    /// Asks an engine and writes the answer.
    ///
    /// - Parameter note: takes what the user should know beside the answer.
    public func answer(
        _ question: LakeQuestion, engine: any LakeEngine, style: OutputStyle, note: (String) -> Void,
        to sink: (String) throws -> Void
    ) throws {
        let session = try LakeSession(self, projectsDays: engine.projectsDays)
        if !engine.projectsDays, let place = session.scope.location, place.hasPrefix("/"),
            !FileManager.default.fileExists(atPath: place)
        {
            note(
                "--location \(LakeText.shown(place)): is not on this machine; where Spark's workers lack it too, no line is found."
            )
        }
        switch question {
        case .setup(let from, let to):
            _ = try engine.run(try session.setup(from: from, to: to), then: nil)
            note("\(session.scope.database).\(session.scope.table) is there.")
        case .top(let top): try LakeTopAnswer(session, top).write(engine, style, note: note, to: sink)
        case .compare(let compare):
            try LakeComparison(session, compare).write(engine, style, note: note, to: sink)
        case .query(let text, let parameters, let limit):
            try LakeNamedQuery(session, text, parameters, limit).write(engine, style, to: sink)
        }
    }

    /// Writes the statements that a question would run, each ended by a semicolon, and runs nothing.
    public func emit(_ question: LakeQuestion, projectsDays: Bool, to sink: (String) throws -> Void) throws {
        let session = try LakeSession(self, projectsDays: projectsDays)
        let statements: [String]
        switch question {
        case .setup(let from, let to): statements = try session.setup(from: from, to: to)
        case .top(let top):
            let answer = try LakeTopAnswer(session, top)
            statements = try session.effects(answer.window) + [answer.statements.activity()]
        case .compare(let compare): statements = try LakeComparison(session, compare).emitted()
        case .query(let text, let parameters, let limit):
            let query = try LakeNamedQuery(session, text, parameters, limit)
            statements = query.effects + [query.statement]
        }
        for statement in statements { try sink(statement + ";\n\n") }
    }

    /// Lists the named questions.
    public static func listQuestions(style: OutputStyle, to sink: (String) throws -> Void) throws {
        try sink(LakeNamedQuery.list(style))
    }
}
