import ForensicsModel

/// Reads the cells of an answer by the name of their column.
struct LakeRowReader {
    private let places: [String: Int]

    init(_ columns: [String]) throws(ForensicsError) {
        var places: [String: Int] = [:]
        for (place, name) in columns.enumerated() { places[name.lowercased()] = place }
        self.places = places
    }

    static func malformed(_ what: String) -> ForensicsError {
        ForensicsError(.data, "The answer holds \(what), which the statement cannot give; was the table changed?")
    }

    private func cell(_ row: [String?], _ column: String) throws(ForensicsError) -> String? {
        guard let place = places[column], place < row.count else { throw Self.malformed("no \(column)") }
        return row[place]
    }

    func has(_ row: [String?], _ column: String) -> Bool {
        guard let place = places[column], place < row.count else { return false }
        return row[place] != nil
    }

    func text(_ row: [String?], _ column: String) throws(ForensicsError) -> String {
        guard let text = try cell(row, column) else { throw Self.malformed("an empty \(column)") }
        return text
    }

    /// A whole number; 0 where there is none. What passes 64 bits is the largest value.
    func number(_ row: [String?], _ column: String) throws(ForensicsError) -> Int64 {
        guard let text = try cell(row, column) else { return 0 }
        if let number = Int64(text) { return number }
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw Self.malformed("\(column) \(LakeText.shown(text))")
        }
        return .max
    }

    /// The counts per minute of a value, `minute:count` each, in order of time.
    func series(_ row: [String?], from first: Int64) throws(ForensicsError) -> [WindowAggregate.SeriesPoint] {
        guard let text = try cell(row, "series") else { return [] }
        var points: [WindowAggregate.SeriesPoint] = []
        for part in text.split(separator: " ") {
            let halves = part.split(separator: ":")
            guard halves.count == 2, let minute = Int64(halves[0]), let count = Int64(halves[1]) else {
                throw Self.malformed("series \(LakeText.shown(String(part)))")
            }
            if count == 0 { continue }
            points.append(.init(minute: Int32(truncatingIfNeeded: minute &- first), count: count))
        }
        return points.sorted { $0.minute < $1.minute }
    }

    /// Two series as one.
    static func merged(
        _ left: [WindowAggregate.SeriesPoint], _ right: [WindowAggregate.SeriesPoint]
    ) -> [WindowAggregate.SeriesPoint] {
        var counts: [Int32: Int64] = [:]
        for point in left + right { counts[point.minute, default: 0] += point.count }
        return counts.sorted { $0.key < $1.key }.map { .init(minute: $0.key, count: $0.value) }
    }
}
