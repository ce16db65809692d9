import ForensicsIngest
import ForensicsModel

/// Groups captures into the sets they are read as, together with what the case holds of them.
struct CapturePlan {
    /// In order of their keys.
    private(set) var units: [PlannedUnit] = []
    private let inputs: [String: InspectedInput]

    /// - Parameters:
    ///   - inputs: captures.
    ///   - vantage: the name that the user gives them; they are one set per link type then.
    init(_ inputs: [InspectedInput], vantage: String?, held: HeldCaptures = HeldCaptures()) {
        self.inputs = Dictionary(inputs.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        // One path may have been given in two spellings.
        let captures = self.inputs.keys.sorted().compactMap { path in
            if case .capture(let summary) = self.inputs[path]?.content { summary } else { nil }
        }
        if let vantage {
            units = Self.named(captures, vantage).map { unit($0, beside: []) }
        } else {
            // Where the user named the vantage of a file once, the file stays there.
            let given = Dictionary(grouping: captures) { held.vantageGiven(to: $0.path) ?? "" }
            for (vantage, members) in given where !vantage.isEmpty {
                units += Self.named(members, vantage).map { unit($0, beside: []) }
            }
            group(given["", default: []], held)
        }
        units.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    /// The sets that names and times tell, among those of the case.
    private mutating func group(_ captures: [CaptureSummary], _ held: HeldCaptures) {
        var all = captures.map { held.completed($0, bytes: inputs[$0.path]?.storedLength) }
        let others = held.summaries(beside: captures)
        for (path, until) in CaptureSets.untold(all + others) {
            guard let index = all.firstIndex(where: { $0.path == path }) else { continue }
            all[index].lastTime = end(of: path, until: until)
        }
        let named = Set(captures.map(\.path))
        for set in CaptureSets.group(all + others) {
            let members = set.members.filter { named.contains($0.path) }
            if members.isEmpty { continue }
            var new = set
            new.members = members
            units.append(unit(new, beside: set.members.map(\.path).filter { !named.contains($0) }))
        }
    }

    /// The time of a capture's last packet; `nil` where it would have to be fetched from elsewhere for that.
    private func end(of path: String, until: Timestamp) -> Timestamp? {
        guard let origin = inputs[path]?.origin else { return nil }
        if case .stream = origin { return nil }
        guard let source = try? ByteSource(path: path, origin: origin, limits: .streaming) else { return nil }
        return try? CaptureProbe.end(of: source, until: until)
    }

    private static func named(_ captures: [CaptureSummary], _ vantage: String) -> [CaptureSet] {
        let links = Set(captures.map(\.linkType)).sorted()
        return links.map { link in
            let members = captures.filter { $0.linkType == link }.sorted(by: CaptureSets.precedes)
            let key = CaptureSetKey(folder: "", stem: vantage, linkType: link, interface: nil)
            return CaptureSet(key: key, vantage: vantage, members: members)
        }
    }

    private func unit(_ set: CaptureSet, beside held: [String]) -> PlannedUnit {
        let files = set.members.map { member in
            CaptureFile(
                ordinal: 0, path: member.path, origin: inputs[member.path]?.origin ?? .file,
                firstTime: member.firstTime)
        }
        var unit = PlannedUnit(
            key: set.key.text, kind: .pcap, vantage: set.vantage, paths: files.map(\.path),
            storedLengths: files.map { inputs[$0.path]?.storedLength ?? nil },
            tags: files.map { inputs[$0.path]?.tag ?? nil }, work: .capture(files))
        unit.isNamed = set.key.isNamed
        unit.isToldByTimes = set.isToldByTimes
        unit.heldPaths = held
        return unit
    }
}
