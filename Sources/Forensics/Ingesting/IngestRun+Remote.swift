import ForensicsIngest
import ForensicsModel
import ForensicsStore

/// Objects elsewhere: what the case knows already is not fetched, the others are read like files.
extension IngestRun {
    /// Reads the logs among the objects.
    ///
    /// - Returns: the captures among them, not read yet.
    func readLogs(of remote: RemoteInputs) throws -> [InspectedInput] {
        for problem in remote.listing.problems { report(problem) }
        if remote.listing.prunedFolders > 0 {
            let count = remote.listing.prunedFolders
            note("\(count) folder\(count == 1 ? "" : "s") of days outside of the time asked for not even listed.")
        }
        let pruning = options.pruning
        var told: [InspectedInput] = []
        var objects: [RemoteObject] = []
        let known = try known()
        for object in remote.listing.objects {
            var input = InspectedInput(path: object.path, storedLength: object.size, content: .testObject)
            if let (kind, reason) = pruning?.leavesOut(object.path) {
                input.content = .leftOut(kind, reason: reason)
                told.append(input)
            } else if Input(path: object.path, isNamed: false, stamp: nil).isTestObject {
                told.append(input)
            } else if let held = known[object.path] {
                let change = options.change(from: held.source)
                if change == .other {
                    report(Self.otherOptions(object.path, held.source, options))
                } else if change == .clients {
                    objects.append(object)
                } else if held.tag == object.tag, held.source.bytes == object.size {
                    summary.unchanged += 1
                } else {
                    note("\(object.path): has changed since it was read; it is read again in place of what it was.")
                    objects.append(object)
                }
            } else {
                objects.append(object)
            }
        }
        let units = try pending(IngestPlan.units(told, vantage: options.vantage))
        meter.expect(units)
        try readLogs(units)
        let bytes = objects.reduce(UInt64(0)) { $0 &+ $1.size }
        meter.expect(inputs: objects.count, bytes: Int64(clamping: bytes))
        let ahead = remote.fetchAhead(objects)
        defer { ahead.close() }
        let opener = RemoteOpener(objects: objects, ahead: ahead, units: opener)
        return try readLogs(count: objects.count) { opener.open($0) }.map { input in
            var input = input
            input.origin = remote.object(input.path).map { .stream($0.stream) } ?? .file
            return input
        }
    }

    /// The sources that the case holds whole and has a tag of, by path.
    private func known() throws -> [String: (source: SourceRecord, tag: String)] {
        let tags = try store.tags()
        var known: [String: (source: SourceRecord, tag: String)] = [:]
        for source in try store.sources() where source.isUnitComplete && source.status != .failed {
            if let tag = tags[source.ordinal] { known[source.path] = (source, tag) }
        }
        return known
    }
}

/// Opens objects when their turn comes and tells what they are.
struct RemoteOpener: Sendable {
    let objects: [RemoteObject]
    let ahead: FetchAhead
    let units: UnitOpener

    func open(_ index: Int) -> LogTurn {
        let object = objects[index]
        let stream = ahead.open(index)
        let content: InspectedInput.Content
        do {
            // A case that lies beside the evidence is no evidence, as in folders.
            guard
                let found = try InputInspection.content(
                    ByteSource(stream: stream, path: object.path, limits: .streaming), name: object.name,
                    kind: units.options.kind, passesOverDatabases: true)
            else { return .passedOver }
            content = found
        } catch let error as IngestError {
            return .problem(ForensicsError(stream.failure ?? error), stream.failure)
        } catch let error as ForensicsError {
            return .problem(error, nil)
        } catch {
            return .problem(ForensicsError(unforeseen: error, at: object.path), nil)
        }
        var input = InspectedInput(
            path: object.path, origin: .stream(stream), storedLength: object.size, tag: object.tag, content: content)
        if content.isCapture {
            // Its first bytes are fetched again when its set is read.
            stream.close()
            input.origin = .file
            return .capture(input)
        }
        stream.rewind()
        guard let unit = IngestPlan.units([input], vantage: units.options.vantage).first else { return .passedOver }
        guard case .log(var file) = unit.work else { return .testObject(unit) }
        do throws(StoreError) {
            let handle = try units.begin(unit)
            file.ordinal = handle.ordinals[0]
            return .log(OpenLog(unit: unit, handle: handle, file: file))
        } catch {
            return .failed(error)
        }
    }
}
