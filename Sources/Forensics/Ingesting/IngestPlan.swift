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
}

/// Groups the inputs into units: one log file each, capture files by set.
enum IngestPlan {
    /// Returns the units in order of their keys: the order of the arguments leaves no trace.
    static func units(_ inputs: [InspectedInput], vantage: String?) -> [PlannedUnit] {
        var units: [PlannedUnit] = []
        var captures: [CaptureSummary] = []
        var byPath: [String: InspectedInput] = [:]
        for input in inputs {
            byPath[input.path] = input
            switch input.content {
            case .capture(let summary): captures.append(summary)
            case .log(let kind, let header):
                let file = LogFile(
                    ordinal: 0, path: input.path, origin: input.origin, kind: kind, header: header)
                units.append(unit(input, kind, vantage, .log(file)))
            case .testObject: units.append(unit(input, .alb, vantage, .testObject))
            case .leftOut(let kind, let reason): units.append(unit(input, kind, vantage, .leftOut(reason: reason)))
            }
        }
        for set in sets(captures, vantage) {
            let files = set.members.map { member in
                CaptureFile(
                    ordinal: 0, path: member.path, origin: byPath[member.path]?.origin ?? .file,
                    firstTime: member.firstTime)
            }
            units.append(
                PlannedUnit(
                    key: key(set), kind: .pcap, vantage: set.vantage, paths: files.map(\.path),
                    storedLengths: files.map { byPath[$0.path]?.storedLength ?? nil },
                    tags: files.map { byPath[$0.path]?.tag ?? nil }, work: .capture(files)))
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

    /// The sets of the captures; a vantage that the user names makes them one set per link type.
    static func sets(_ captures: [CaptureSummary], _ vantage: String?) -> [CaptureSet] {
        guard let vantage else { return CaptureSets.group(captures) }
        let links = Set(captures.map(\.linkType)).sorted()
        return links.map { link in
            let members = captures.filter { $0.linkType == link }.sorted {
                let times = ($0.firstTime ?? Timestamp(nanoseconds: .max), $1.firstTime ?? Timestamp(nanoseconds: .max))
                return times.0 != times.1 ? times.0 < times.1 : $0.path < $1.path
            }
            let key = CaptureSetKey(folder: "", stem: vantage, linkType: link, interface: nil)
            return CaptureSet(key: key, vantage: vantage, members: members)
        }
    }

    static func key(_ set: CaptureSet) -> String {
        "\(set.key.folder)/\(set.key.stem)#\(set.key.linkType)#\(set.key.interface ?? "")"
    }
}
