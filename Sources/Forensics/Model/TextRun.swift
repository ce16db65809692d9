/// Texts of a table one after another, apart from it: what one thread hands to another when a table has grown.
package struct TextRun: Sendable {
    package var bytes: [UInt8] = []
    /// The end of each text in `bytes`.
    package var ends: [UInt32] = []
    /// The hash by which its table looks for each text; 0 for one that is not looked for.
    var hashes: [UInt32] = []

    package init() {}
}

extension TextTable {
    /// The texts with ids from `first` on, in the order of their ids.
    package func run(from first: Int) -> TextRun {
        var run = TextRun()
        guard first >= 1, first <= count else { return run }
        let start = range(TextID(rawValue: UInt32(first))).lowerBound
        run.bytes = Array(arena[start...])
        run.ends.reserveCapacity(count - first + 1)
        run.hashes.reserveCapacity(count - first + 1)
        for number in first...count {
            let id = TextID(rawValue: UInt32(number))
            run.ends.append(UInt32(range(id).upperBound - start))
            run.hashes.append(hash(id))
        }
        return run
    }

    /// Adds the texts of a run and appends the id of each one here to `ids`.
    package mutating func add(_ run: TextRun, ids: inout [TextID]) {
        let bytes = run.bytes.span
        var start = 0
        for index in run.ends.indices {
            let end = Int(run.ends[index])
            ids.append(adopt(bytes, start..<end, run.hashes[index]))
            start = end
        }
    }
}
