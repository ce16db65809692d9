import ForensicsModel

/// The stems of captures: by their names and, where these leave it open, by their times.
///
/// Digits at the end of a name may count the pieces of one capture or the hosts that were captured. Captures of one folder,
/// link type and interface whose names differ in such digits alone are pieces if each begins where another ends.
struct CaptureStems {
    /// In the order of the captures.
    private(set) var stems: [String] = []
    /// Whether the stem is not what the names alone tell.
    private(set) var areToldByTimes: [Bool] = []
    /// The captures whose end is not known and decides.
    private(set) var untold: [(path: String, until: Timestamp)] = []
    private let captures: [CaptureSummary]
    private var names: [RotationName] = []

    init(_ captures: [CaptureSummary]) {
        self.captures = captures
        names = captures.map { RotationName(InputPath.name($0.path)) }
        stems = [String](repeating: "", count: captures.count)
        areToldByTimes = [Bool](repeating: false, count: captures.count)
        takeNames()
        takeTimes()
    }

    private mutating func takeNames() {
        let folders = Dictionary(grouping: captures.indices) { InputPath.folder(captures[$0].path) }
        for folder in folders.values {
            for (index, stem) in zip(folder, RotationName.stems(folder.map { names[$0] })) { stems[index] = stem }
        }
    }

    private mutating func takeTimes() {
        let told = stems
        let open = captures.indices.filter { names[$0].isToldByTimes && names[$0].looseStem != told[$0] }
        if open.isEmpty { return }
        let settled = Dictionary(grouping: captures.indices) { key($0, told[$0]) }
        for (key, candidates) in Dictionary(grouping: open, by: { key($0, names[$0].looseStem ?? "") }) {
            let all = settled[key, default: []] + candidates
            if Set(all.map { told[$0] }).count < 2 { continue }
            // What a case holds as one set stays one, and goes on however long nothing was seen.
            let held = candidates.filter { captures[$0].heldStem == key.stem }
            let sequence = CaptureSequence(all.map { captures[$0] })
            let verdict = sequence.verdict(pause: held.isEmpty ? CaptureSequence.pause : nil)
            if verdict == .untold { untold += sequence.untold }
            for index in verdict == .followsOn ? candidates : held {
                stems[index] = key.stem
                areToldByTimes[index] = true
            }
        }
    }

    private func key(_ index: Int, _ stem: String) -> CaptureSetKey {
        CaptureSetKey(
            folder: InputPath.folder(captures[index].path), stem: stem, linkType: captures[index].linkType,
            interface: captures[index].interface)
    }
}
