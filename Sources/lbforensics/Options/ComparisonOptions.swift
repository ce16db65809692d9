import ArgumentParser
import Forensics

/// How two windows are compared, wherever the answer goes.
struct ComparisonOptions: ParsableArguments {
    @Option(help: "Rank and share by requests, connections, bytes, errors or duration.")
    var by: RankMeasure?

    @Option(
        help: ArgumentHelp("How many of the most active clients are looked at for long connections.", valueName: "n"))
    var top = 30

    @Option(help: ArgumentHelp("A connection is long from here on.", valueName: "duration"))
    var long = "5m"

    @Flag(help: "Look for combinations of values also where more than two million rows have to be read for it.")
    var combinations = false

    func apply(to question: inout CompareQuestion) {
        question.by = by
        question.top = top
        question.long = long
        question.combinesAlways = combinations
    }
}
