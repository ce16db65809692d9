import ForensicsIngest
import ForensicsModel
import ForensicsStore

/// What of the inputs the case does not hold as they are now.
///
/// A source is its content, not its name: a file that has grown is read again in place of its shorter self, and what has
/// taken the place of something else is read beside it.
extension IngestRun {
    /// The units that are to be read, captures joined with the files of their set that the case holds.
    func pending(_ units: [PlannedUnit]) throws -> [PlannedUnit] {
        var result: [PlannedUnit] = []
        for unit in units {
            if request.stop.isRequested { break }
            let held = try store.sources(partsOf: unit.key)
            if held.isEmpty {
                result.append(unit)
                continue
            }
            // What standard input gives has no name: only its content tells whether it was read before.
            if unit.paths != ["-"], let other = held.first(where: { $0.options != options.fingerprint }) {
                report(Self.otherOptions(unit.paths[0], other))
                continue
            }
            do {
                let changed =
                    if case .capture(let files) = unit.work {
                        try HeldSet(run: self, unit: unit, files: files, held: held).changed()
                    } else {
                        try changedLog(unit, held)
                    }
                if let changed {
                    result.append(changed)
                } else {
                    summary.unchanged += unit.paths.count
                    for source in held where unit.paths.contains(source.path) { tellAgain(source) }
                }
            } catch let error as IngestError {
                report(ForensicsError(error))
            } catch let error as ForensicsError {
                report(error)
            }
        }
        return result
    }

    static func otherOptions(_ path: String, _ held: SourceRecord) -> ForensicsError {
        ForensicsError(
            .data,
            "\(path): is in the case, read with other options (\(held.options)); give the same ones, or another --store."
        )
    }

    /// The log with the key under which it is to be read, or `nil` if there is nothing new.
    private func changedLog(_ unit: PlannedUnit, _ held: [SourceRecord]) throws -> PlannedUnit? {
        let content: HeldContent
        switch unit.work {
        case .leftOut, .capture: return nil
        case .testObject: content = HeldContent(key: TestObject.contentKey)
        case .log(let file):
            content = try HeldContent(
                path: file.path, origin: file.origin, sources: held, beginnings: try store.beginnings(of: held))
        }
        guard let (source, relation) = content.nearest(held) else { return unit }
        if relation != .other, source.options != options.fingerprint {
            throw Self.otherOptions(unit.paths[0], source)
        }
        var unit = unit
        switch relation {
        case .same: return nil
        case .cut:
            note("\(unit.paths[0]): is shorter than when it was read; the case keeps what it had.")
            return nil
        case .grown: unit.key = source.unitKey
        case .changed:
            note("\(unit.paths[0]): has changed since it was read; it is read again in place of what it was.")
            unit.key = source.unitKey
        case .other:
            if unit.paths != ["-"] {
                note("\(unit.paths[0]): is another file than when it was read; the case holds both.")
            }
            unit.key = UnitDescription.part(of: unit.key, content: content.key ?? "")
        }
        return unit
    }
}
