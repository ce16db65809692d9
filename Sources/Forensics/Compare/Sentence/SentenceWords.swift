import ForensicsModel

/// Words that the parts of a sentence share.
enum SentenceWords {
    private static let longestValue = 80

    /// What is counted.
    static func noun(_ measure: String) -> String {
        measure == RankMeasure.requests.rawValue || measure == RankMeasure.connections.rawValue
            || measure == RankMeasure.errors.rawValue ? measure : RankMeasure.bytes.rawValue
    }

    static func count(_ count: Int, _ noun: String) -> String { "\(count) \(count == 1 ? noun : plural(noun))" }

    static func plural(_ noun: String) -> String { noun.hasSuffix("y") ? "\(noun.dropLast())ies" : "\(noun)s" }

    static func list(_ items: [String], _ word: String = "and") -> String {
        guard items.count > 1, let last = items.last else { return items.first ?? "" }
        return items.dropLast().joined(separator: ", ") + " \(word) " + last
    }

    static func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

    static func cut(_ text: String) -> String {
        text.count <= longestValue ? text : text.prefix(longestValue - 1) + "…"
    }

    /// A value with its dimension, and whose it is.
    static func subject(_ explanation: Explanation) -> String {
        let owner = explanation.owner.map { " (\(cut($0)))" } ?? ""
        return "\(MeasureName.words(explanation.dimension)) \(cut(explanation.value))\(owner)"
    }

    /// What the total did.
    static func change(_ total: ComparisonResult.Total) -> String {
        total.direction == .fall ? "decrease" : "increase"
    }
}
