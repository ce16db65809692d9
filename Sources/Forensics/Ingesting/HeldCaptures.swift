import ForensicsIngest
import ForensicsModel
import ForensicsStore

/// The captures that a case holds, by their sets.
struct HeldCaptures {
    private struct Source {
        var record: SourceRecord
        var key: CaptureSetKey
        /// The key of the set without that of a part.
        var setKey: String
    }

    /// In order of their ids.
    private let sources: [Source]
    /// Their places, by path.
    private let places: [String: [Int]]

    /// - Parameter records: those of units that are being written are left out.
    init(_ records: [SourceRecord] = []) {
        let sources = records.filter(\.isUnitComplete).compactMap { record -> Source? in
            let setKey = UnitDescription.whole(of: record.unitKey)
            return CaptureSetKey(text: setKey, path: record.path).map {
                Source(record: record, key: $0, setKey: setKey)
            }
        }
        self.sources = sources
        places = Dictionary(grouping: sources.indices) { sources[$0].record.path }
    }

    private func sources(at path: String) -> [Source] { (places[path] ?? []).map { sources[$0] } }

    /// The vantage that the user gave the file of a path when it was read; `nil` if none.
    func vantageGiven(to path: String) -> String? {
        // What standard input gives has no name.
        if path == "-" { return nil }
        let key = sources(at: path).max { $0.record.ordinal < $1.record.ordinal }?.key
        return key.flatMap { $0.isNamed ? $0.stem : nil }
    }

    /// What tells the sets of the captures that are not among the inputs. Sets that the user named are left out.
    func summaries(beside inputs: [CaptureSummary]) -> [CaptureSummary] {
        var told = Set(inputs.map(\.path))
        // Of several contents of one name the latest.
        return sources.sorted { $0.record.ordinal > $1.record.ordinal }.compactMap { source in
            guard !source.key.isNamed, told.insert(source.record.path).inserted else { return nil }
            return Self.summary(source)
        }
    }

    /// An input with what the case knows of the file, as far as it looks the same.
    func completed(_ input: CaptureSummary, bytes: UInt64?) -> CaptureSummary {
        var input = input
        for source in sources(at: input.path) {
            let held = Self.summary(source)
            if held.linkType == input.linkType, held.interface == input.interface { input.heldStem = held.heldStem }
            if held.firstTime == input.firstTime, source.record.bytes == bytes { input.lastTime = held.lastTime }
        }
        return input
    }

    private static func summary(_ source: Source) -> CaptureSummary {
        var summary = CaptureSummary(
            path: source.record.path, firstTime: source.record.firstTime, linkType: source.key.linkType,
            interface: source.key.interface)
        summary.lastTime = source.record.lastTime
        summary.heldStem = source.key.isNamed ? nil : source.key.stem
        return summary
    }

    // MARK: - Units

    /// The sources of a set, with all its parts.
    func sources(of setKey: String) -> [SourceRecord] { sources.filter { $0.setKey == setKey }.map(\.record) }

    /// The sources of all units that hold one of some paths.
    func sources(at paths: Set<String>) -> [SourceRecord] {
        let units = Set(paths.flatMap { sources(at: $0) }.map(\.record.unitKey))
        return sources.filter { units.contains($0.record.unitKey) }.map(\.record)
    }

    // MARK: - Vantages

    /// What the vantage of each unit is called among all that the case holds, by the unit's key.
    ///
    /// Made of all sets together, so that it does not matter in which order they came.
    var vantages: [String: String] {
        let keys = Set(sources.map(\.key).filter { !$0.isNamed }).sorted { $0.text < $1.text }
        let names = Dictionary(uniqueKeysWithValues: zip(keys, CaptureSets.vantageNames(keys)))
        var vantages: [String: String] = [:]
        for source in sources { vantages[source.record.unitKey] = names[source.key] ?? source.key.stem }
        return vantages
    }

    /// The vantages that were called otherwise so far, of files that this run has not read.
    func renamed(beside read: Set<String>) -> [(old: String, new: String)] {
        let names = vantages
        var pairs: [String: String] = [:]
        for source in sources where !source.key.isNamed && !read.contains(source.record.path) {
            guard let old = source.record.vantage, let new = names[source.record.unitKey], new != old else { continue }
            pairs[new] = old
        }
        return pairs.sorted { $0.key < $1.key }.map { ($0.value, $0.key) }
    }

    /// Files of one folder, link type and interface that look like pieces of one capture and are taken for several: their
    /// names differ in digits alone, and each begins after another's end, soon.
    ///
    /// - Parameter paths: at least one of the files is among them.
    func likelyPieces(touching paths: Set<String>) -> [[String]] {
        let apart = Dictionary(grouping: sources.filter { !$0.key.isNamed }) { source in
            CaptureSetKey(
                folder: source.key.folder, stem: Self.withoutDigits(source.key.stem), linkType: source.key.linkType,
                interface: source.key.interface)
        }
        return apart.values.compactMap { group in
            guard Set(group.map(\.setKey)).count > 1, group.contains(where: { paths.contains($0.record.path) }),
                CaptureSequence(group.map(Self.summary)).verdict(pause: Self.longestPause) == .followsOn
            else { return nil }
            return group.map(\.record.path).sorted()
        }.sorted { $0[0] < $1[0] }
    }

    /// Silence between two files behind which they are hardly pieces of one capture.
    private static let longestPause = 600 * Timestamp.nanosecondsPerSecond

    private static func withoutDigits(_ stem: String) -> String {
        String(
            decoding: stem.utf8.map { $0 &- 0x30 <= 9 ? 0x23 : $0 }.reduce(into: [UInt8]()) { kept, byte in
                if byte != 0x23 || kept.last != 0x23 { kept.append(byte) }
            }, as: UTF8.self)
    }
}
