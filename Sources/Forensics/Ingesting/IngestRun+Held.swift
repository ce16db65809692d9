import ForensicsIngest
import ForensicsModel
import ForensicsStore

/// What of the inputs the case does not hold as they are now.
///
/// A source is its content, not its name: a file that has grown is read again in place of its shorter self, and what has
/// taken the place of something else is read beside it.
extension IngestRun {
    /// The logs that are to be read.
    func pending(_ units: [PlannedUnit]) throws -> [PlannedUnit] {
        var result: [PlannedUnit] = []
        for unit in units {
            if request.stop.isRequested { break }
            let held = try store.sources(partsOf: unit.key)
            if let changed = try pending(unit, held, changedLog) { result.append(changed) }
        }
        return result
    }

    /// The capture sets that are to be read, each joined with the files that the case holds of it.
    func pendingSets(_ captures: [InspectedInput]) throws -> [PlannedUnit] {
        if captures.isEmpty { return [] }
        let held = HeldCaptures(try store.sources(kind: .pcap))
        var result: [PlannedUnit] = []
        var planned: Set<String> = []
        for unit in CapturePlan(captures, vantage: options.vantage, held: held).units {
            if request.stop.isRequested { break }
            // A file that was taken along with another set is read with that.
            let unit = unit.keeping { !planned.contains($0) }
            if unit.paths.isEmpty { continue }
            let own = held.sources(of: unit.key)
            let ordinals = Set(own.map(\.ordinal))
            let others = held.sources(at: Set(unit.paths + unit.heldPaths)).filter { !ordinals.contains($0.ordinal) }
            let changed = try pending(unit, own + others) { unit, held in
                guard case .capture(let files) = unit.work else { return nil }
                return try HeldSet(run: self, unit: unit, files: files, held: held).changed()
            }
            if let changed {
                result.append(changed)
                planned.formUnion(changed.paths)
            }
        }
        return result
    }

    /// The unit as it is to be read, or `nil` where the case has it or it cannot be read.
    private func pending(
        _ unit: PlannedUnit, _ held: [SourceRecord],
        _ changed: (PlannedUnit, [SourceRecord]) throws -> PlannedUnit?
    ) throws -> PlannedUnit? {
        if held.isEmpty { return unit }
        // What standard input gives has no name: only its content tells whether it was read before.
        if unit.paths != ["-"],
            let other = held.first(where: {
                UnitDescription.whole(of: $0.unitKey) == unit.key && options.change(from: $0) == .other
            })
        {
            report(Self.otherOptions(unit.paths[0], other, options))
            return nil
        }
        do {
            if let changed = try changed(unit, held) { return changed }
            summary.unchanged += unit.paths.count
            for source in held where unit.paths.contains(source.path) { tellAgain(source) }
        } catch let error as IngestError {
            report(ForensicsError(error))
        } catch let error as ForensicsError {
            report(error)
        }
        return nil
    }

    /// Refuses an input that the case has with other options than it is given now, and tells which those are.
    ///
    /// - Parameter isLost: its packets are not there any more, and it cannot be read again.
    static func otherOptions(
        _ path: String, _ held: SourceRecord, _ options: IngestOptions, isLost: Bool = false
    ) -> ForensicsError {
        let words = IngestOptions.arguments(ofFingerprint: held.options)
        let how = words.isEmpty ? "without options that change what is read" : "with \(words)"
        let what = held.status == .skipped ? "left unread" : "read"
        // Whoever corrects who the client is would look for a way to do so in the case.
        let differing = IngestOptions.differing(held.options, options.fingerprint)
        let clients =
            isLost
            ? "clients are told while it is read, and it is not there any more: "
            : differing.isDisjoint(with: ["trusted-proxy", "load-balancer"])
                ? "" : "clients are told while it is read, and not again for what the case has: "
        return ForensicsError(
            .data, "\(path): is in the case, \(what) \(how); \(clients)give the same options, or another --store.")
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
        if relation != .other, options.change(from: source) == .other {
            throw Self.otherOptions(unit.paths[0], source, options)
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
