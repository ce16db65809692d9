import ForensicsDecode
import ForensicsIngest
import ForensicsModel

/// What is read as a whole, in the order in which it is stored.
struct PlannedUnit: Sendable {
    enum Work: Sendable {
        case log(LogFile)
        case capture([CaptureFile])
        case testObject
        case leftOut(reason: String)
    }

    /// What names the unit in the case.
    var key: String
    var kind: EvidenceKind
    var vantage: String?
    var paths: [String]
    var storedLengths: [UInt64?]
    /// What a store elsewhere calls the content; `nil` for files.
    var tags: [String?]
    var work: Work
    /// Of what goes on from captures that the case cannot track again: why connections may have been cut before it.
    var seam: String?
    /// Of captures: whether the user named their vantage.
    var isNamed = false
    /// Of captures: whether the times of the files made them one set, where the names leave it open.
    var isToldByTimes = false
    /// Files that the case holds and that belong to this set beside `paths`.
    var heldPaths: [String] = []
    /// The keys of units of the case whose files are read again with this one: it takes their place.
    var replaced: [String] = []
}

extension PlannedUnit {
    /// The unit with some of its capture files.
    func keeping(_ isKept: (String) -> Bool) -> PlannedUnit {
        guard case .capture(let files) = work else { return self }
        let kept = paths.indices.filter { isKept(paths[$0]) }
        if kept.count == paths.count { return self }
        var rest = self
        rest.work = .capture(kept.map { files[$0] })
        rest.paths = kept.map { paths[$0] }
        rest.storedLengths = kept.map { storedLengths[$0] }
        rest.tags = kept.map { tags[$0] }
        return rest
    }
}

/// Makes units of logs: one file each.
enum IngestPlan {
    /// Returns the units in order of their keys: the order of the arguments leaves no trace.
    ///
    /// - Parameter inputs: captures among them are left out; see `CapturePlan`.
    static func units(_ inputs: [InspectedInput], vantage: String?) -> [PlannedUnit] {
        let units = inputs.compactMap { input -> PlannedUnit? in
            switch input.content {
            case .capture: return nil
            case .log(let kind, let header):
                let file = LogFile(ordinal: 0, path: input.path, origin: input.origin, kind: kind, header: header)
                return unit(input, kind, vantage, .log(file))
            case .testObject: return unit(input, .alb, vantage, .testObject)
            case .leftOut(let kind, let reason): return unit(input, kind, vantage, .leftOut(reason: reason))
            }
        }
        return units.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    private static func unit(
        _ input: InspectedInput, _ kind: EvidenceKind, _ vantage: String?, _ work: PlannedUnit.Work
    ) -> PlannedUnit {
        PlannedUnit(
            key: input.path, kind: kind, vantage: vantage ?? LogObjectName(path: input.path)?.loadBalancer,
            paths: [input.path], storedLengths: [input.storedLength], tags: [input.tag], work: work)
    }
}
