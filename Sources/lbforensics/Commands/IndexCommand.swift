import ArgumentParser
import Forensics

/// `index`: secondary indexes for ad-hoc SQL.
struct IndexCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index", abstract: "Make indexes, so that your own SQL finds single rows at once.",
        discussion: """
            Copies the views requests, connections and flow_records into tables with indexes on addresses, times, domains,
            statuses and trace ids; the views then read the copies. That takes three to six times the space of the case,
            and is for `query 'SELECT …'` and other SQLite tools alone: all other commands are as fast without. What reads
            more into the case (ingest, capture) removes the indexes, and says so; another list of --owners makes them anew.
            """)

    @Flag(help: "Remove them.")
    var drop = false

    @OptionGroup var store: StoreOptions

    func run() throws {
        let question = IndexQuestion(store: store.path)
        if drop {
            try question.remove()
            Diagnostics.report("\(store.path): has no indexes now.")
            return
        }
        for made in try question.build() {
            Diagnostics.report("\(store.path): \(made.view) has indexes now (\(made.rows) rows).")
        }
    }
}
