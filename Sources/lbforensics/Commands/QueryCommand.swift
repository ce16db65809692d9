import ArgumentParser
import Forensics

/// `query`: a named query or SQL.
struct QueryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query", abstract: "Run a named query, or one SQL statement, read-only.",
        discussion: "The views are documented in the README. A named query takes parameters as name=value.")

    @Flag(help: "List the named queries.")
    var list = false

    @Argument(help: "The name of a query, or SQL.")
    var query: String?

    @Argument(help: ArgumentHelp("Parameters of a named query.", valueName: "name=value"))
    var parameters: [String] = []

    @OptionGroup var store: StoreOptions
    @OptionGroup var read: ReadOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if query == nil && !list { throw ValidationError("Give the name of a query, SQL, or --list.") }
    }

    func run() throws {
        let file = try output.pagedFile(of: store.path)
        if list {
            try NamedQueries.list(style: output.style, limit: output.limit, note: output.note) { try file.write($0) }
        } else if let query {
            var question = SQLQuestion(text: query, restrictions: read.restrictions(store: store.path))
            question.parameters = parameters
            question.limit = output.limit
            try question.answer(style: output.style, note: output.note, warn: output.warn) { try file.write($0) }
        }
        try file.flush()
    }
}
