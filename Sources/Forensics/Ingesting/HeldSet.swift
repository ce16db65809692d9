import ForensicsIngest
import ForensicsModel
import ForensicsStore
import Foundation

/// A capture set held against what the case has of it.
///
/// The case holds a set as one part that is tracked again whenever a file comes or grows. Once an original is gone, or its
/// name has been given to other packets, that part stays as it is, and what is new makes a part of its own.
///
/// Files may have come before it was known that they are one set, or before the user named their vantage: the units that
/// hold them are taken into the set.
struct HeldSet {
    let run: IngestRun
    let unit: PlannedUnit
    let files: [CaptureFile]
    /// The sources of all parts of the set, and those of other units that may belong to it.
    let held: [SourceRecord]

    /// A file that is named, and what it is to the case.
    private struct Named {
        var file: CaptureFile
        var storedLength: UInt64?
        var tag: String?
        /// Its content; `nil` for one that is new, or was fetched because it is.
        var content: HeldContent?
        var nearest: (source: SourceRecord, relation: HeldContent.Relation)?

        var isUnchanged: Bool { nearest.map { $0.relation == .same || $0.relation == .cut } ?? false }

        /// Whether the case has nothing of it under its name.
        var isNew: Bool { tag == nil && (nearest.map { $0.relation == .other } ?? true) }
        /// Whether its content knows the lengths of all sources, not only of those of its path.
        var isHeldAgainstAll = false

        /// Whether it holds what a source of any path did.
        func isHeir(of source: SourceRecord) -> Bool {
            guard isHeldAgainstAll, source.contentKey != nil, let relation = content?.relation(to: source) else {
                return false
            }
            return relation == .same || relation == .grown
        }

        /// Whether a source of its path is the same content, or an earlier or later state of it.
        func isOf(_ source: SourceRecord) -> Bool {
            if let content { return content.relation(to: source) != .other }
            return nearest?.source.ordinal == source.ordinal
        }
    }

    /// What is to be tracked, or `nil` if there is nothing new.
    func changed() throws -> PlannedUnit? {
        let beginnings = try run.store.beginnings(of: held)
        // What one unit does not track again may have been read under another name.
        let hasParts = held.contains { $0.unitKey != held[0].unitKey }
        let looked = try files.indices.map { try look($0, beginnings, hasParts: hasParts) }
        var named = try looked.filter { try belongs($0) }
        for entry in named {
            guard let (_, relation) = entry.nearest else { continue }
            if relation == .cut {
                run.note("\(entry.file.path): is shorter than when it was read; the case keeps what it had.")
            } else if relation == .changed {
                run.note("\(entry.file.path): has changed since it was read; it is read again.")
            }
        }
        let others = try joining(named)
        let otherClients = held.filter { (isOwn($0.unitKey) || others.contains($0.unitKey)) && namesOtherClients($0) }
        let isUnchanged = named.allSatisfy(\.isUnchanged) && otherClients.isEmpty
        if isUnchanged, others.isEmpty { return nil }
        let own = held.filter { isOwn($0.unitKey) }.max { $0.ordinal < $1.ordinal }?.unitKey
        if isUnchanged, own == nil, try renamed(others) { return nil }
        var losses: [Loss] = []
        var open: [String] = []
        var moved: Set<UInt32> = []
        for key in [own].compactMap({ $0 }) + others {
            let members = held.filter { $0.unitKey == key }
            guard let loss = try loss(of: members, &named, beginnings, &moved) else {
                open.append(key)
                continue
            }
            run.note("\(loss.path): \(loss.what); what the case holds of it stays, and what is new is tracked apart.")
            losses.append(loss)
            if key != own { try adopt(members, key) }
        }
        if isUnchanged, open.allSatisfy({ $0 == own }) { return nil }
        // One set does not name its clients by two lists.
        if let stays = otherClients.first(where: { !open.contains($0.unitKey) }) {
            throw IngestRun.otherOptions(stays.path, stays, run.options, isLost: true)
        }
        if let source = otherClients.first {
            run.note("\(source.path): is read again, since another --trusted-proxy tells who its clients are.")
        }
        run.summary.unchanged += looked.count - named.count
        return try planned(named, tracked: open, own: own, losses, without: moved)
    }

    /// Why a file of the case cannot be read again.
    private typealias Loss = (path: String, what: String)

    // MARK: - Which units

    /// Whether a source would name other clients if it were read now.
    private func namesOtherClients(_ source: SourceRecord) -> Bool { run.options.change(from: source) == .clients }

    /// Whether a unit is the set or a part of it.
    private func isOwn(_ key: String) -> Bool { UnitDescription.whole(of: key) == unit.key }

    /// Whether a file is of this set: not where the case has it in a unit that stays as it is.
    private func belongs(_ entry: Named) throws -> Bool {
        guard let (source, relation) = entry.nearest, relation != .other else { return true }
        if run.options.change(from: source) == .other {
            throw IngestRun.otherOptions(entry.file.path, source, run.options)
        }
        if isOwn(source.unitKey) || joins(source.unitKey) { return true }
        let others = held.filter { $0.unitKey == source.unitKey && $0.path != source.path }
        let beside = others.isEmpty ? "" : " together with other files: name all of them to give it another"
        run.note("\(entry.file.path): is in the case, as vantage \(source.vantage ?? source.unitKey)\(beside).")
        return false
    }

    /// Whether the files of another unit are taken into this set: all but those whose vantage the user named, which only
    /// naming all of them changes.
    private func joins(_ key: String) -> Bool {
        let members = held.filter { $0.unitKey == key }
        if unit.isNamed { return members.allSatisfy { unit.paths.contains($0.path) } }
        return members.allSatisfy {
            CaptureSetKey(text: UnitDescription.whole(of: key), path: $0.path).map { !$0.isNamed } ?? false
        }
    }

    /// The keys of other units that belong to this set: by names and times, or because a file of theirs does.
    private func joining(_ named: [Named]) throws -> [String] {
        let own = unit.paths.first.flatMap { CaptureSetKey(text: unit.key, path: $0) }
        var keys: Set<String> = []
        for source in held where !isOwn(source.unitKey) && !keys.contains(source.unitKey) {
            let isNamed = named.contains { $0.file.path == source.path && $0.isOf(source) }
            let key = CaptureSetKey(text: UnitDescription.whole(of: source.unitKey), path: source.path)
            let isAlike = key?.linkType == own?.linkType && key?.interface == own?.interface
            guard isNamed || (isAlike && unit.heldPaths.contains(source.path)), joins(source.unitKey) else { continue }
            if run.options.change(from: source) == .other {
                throw IngestRun.otherOptions(source.path, source, run.options)
            }
            keys.insert(source.unitKey)
        }
        return keys.sorted()
    }

    /// Gives a unit that holds just these files, unchanged, the key of the set; its vantage follows from that.
    private func renamed(_ others: [String]) throws -> Bool {
        guard others.count == 1, let members = others.first.map({ key in held.filter { $0.unitKey == key } }),
            Set(members.map(\.path)).isSubset(of: unit.paths)
        else { return false }
        try run.store.setKey(of: others[0], to: unit.key)
        if unit.isNamed { run.note("\(unit.paths[0]): is in the case; its vantage is \(unit.vantage ?? "") now.") }
        return true
    }

    /// Makes a unit that cannot be tracked again a part of this set.
    private func adopt(_ members: [SourceRecord], _ key: String) throws {
        let content = members.compactMap(\.contentKey).min() ?? "0"
        try run.store.setKey(of: key, to: UnitDescription.part(of: unit.key, content: content))
    }

    /// - Parameter hasParts: whether several units hold files of the set.
    private func look(_ index: Int, _ beginnings: [UInt32: String], hasParts: Bool) throws -> Named {
        let file = files[index]
        var named = Named(file: file, storedLength: unit.storedLengths[index], tag: unit.tags[index])
        let sources = held.filter { $0.path == file.path }
        if sources.isEmpty, !hasParts { return named }
        if named.tag != nil {
            // What the case knows by its tag is not fetched.
            named.nearest = sources.max { $0.ordinal < $1.ordinal }.map { ($0, .grown) }
            return named
        }
        let content = try HeldContent(
            path: file.path, origin: file.origin, sources: hasParts ? held : sources, beginnings: beginnings)
        named.content = content
        named.isHeldAgainstAll = hasParts
        named.nearest = content.nearest(sources)
        return named
    }

    // MARK: - What is tracked

    /// Why some source of a unit cannot be read again; `nil` if all can.
    ///
    /// - Parameter moved: gets the sources whose content has another name now.
    private func loss(
        of members: [SourceRecord], _ named: inout [Named], _ beginnings: [UInt32: String], _ moved: inout Set<UInt32>
    ) throws -> Loss? {
        for member in members {
            guard let loss = try loss(member, named, beginnings) else { continue }
            for index in named.indices where named[index].isNew { try lookElsewhere(&named[index]) }
            // A file that was renamed or compressed since is not lost, nor is one without a packet.
            guard member.records == 0 || named.contains(where: { $0.isHeir(of: member) }) else { return loss }
            moved.insert(member.ordinal)
        }
        return nil
    }

    /// Holds a content against all sources: it may be of a file that had another name.
    private func lookElsewhere(_ named: inout Named) throws {
        if named.isHeldAgainstAll || named.tag != nil { return }
        named.content = try HeldContent(
            path: named.file.path, origin: named.file.origin, sources: held, beginnings: [:])
        named.isHeldAgainstAll = true
    }

    /// Why a source of the part that is tracked cannot be read again; `nil` if it can.
    private func loss(
        _ member: SourceRecord, _ named: [Named], _ beginnings: [UInt32: String]
    ) throws -> Loss? {
        let relation: HeldContent.Relation
        if let entry = named.first(where: { $0.file.path == member.path && $0.nearest != nil }) {
            // What is fetched anew has no content to compare yet.
            relation = entry.content?.relation(to: member) ?? (entry.isOf(member) ? .grown : .other)
        } else {
            if RemotePath.isRemote(member.path) {
                guard run.remote?.object(member.path) == nil else { return nil }
                throw ForensicsError(
                    .data,
                    "\(member.path): belongs to the capture set of \(unit.paths[0]), and is not named; name both.")
            }
            guard member.path != "-", FileManager.default.isReadableFile(atPath: member.path) else {
                return (member.path, "is not there any more")
            }
            let content = try HeldContent(
                path: member.path, origin: .file, sources: [member], beginnings: beginnings)
            relation = content.relation(to: member)
        }
        return relation == .other || relation == .cut
            ? (member.path, "holds other packets than when it was read") : nil
    }

    /// How the detail of a part's first source begins.
    static let seam = "tracked apart from what was read before: "

    /// All files of the units that are tracked again, and the new ones.
    ///
    /// - Parameters:
    ///   - own: the latest part of the set; `nil` if the case has none.
    ///   - moved: sources that are among the files under other names.
    private func planned(
        _ named: [Named], tracked: [String], own: String?, _ losses: [Loss], without moved: Set<UInt32>
    ) throws -> PlannedUnit {
        // What a part that is not tracked again holds stays there.
        var joined = named.filter { entry in
            entry.nearest.map { source, _ in tracked.contains(source.unitKey) || !entry.isUnchanged } ?? true
        }
        let members = held.filter { tracked.contains($0.unitKey) }
        for source in members
        where !moved.contains(source.ordinal) && !joined.contains(where: { $0.file.path == source.path }) {
            let object = run.remote?.object(source.path)
            joined.append(
                Named(
                    file: CaptureFile(
                        ordinal: 0, path: source.path, origin: object.map { .stream($0.stream) } ?? .file,
                        firstTime: source.firstTime), storedLength: source.bytes, tag: object?.object.tag,
                    nearest: (source, .grown)))
        }
        for index in joined.indices {
            // What stays may have been read under another name.
            if members.count < held.count { try lookElsewhere(&joined[index]) }
            passOverKnown(&joined[index], in: tracked)
        }
        var result = planned(joined)
        if let own {
            result.key = tracked.contains(own) ? own : part(of: joined)
        }
        result.replaced = tracked
        if let loss = losses.first {
            let name = loss.path.split(separator: "/").last.map(String.init) ?? loss.path
            result.seam = "\(Self.seam)\(name) \(loss.what)"
        } else {
            result.seam = members.lazy.compactMap(\.detail).flatMap { $0.components(separatedBy: "; ") }
                .first { $0.hasPrefix(Self.seam) }
        }
        return result
    }

    /// The key of a part of some files.
    private func part(of files: [Named]) -> String {
        let contents = files.map { $0.content?.key ?? $0.tag.map { "0-\($0)" } ?? Self.key(of: $0.file) }.sorted()
        return UnitDescription.part(of: unit.key, content: contents.first ?? "0")
    }

    /// Of a file that has grown since another part was made of it, the rest is new: from its last record on if that was
    /// only half written.
    ///
    /// - Parameter tracked: the units that are tracked again.
    private func passOverKnown(_ named: inout Named, in tracked: [String]) {
        guard let content = named.content else { return }
        let path = named.file.path
        let sources = held.filter {
            ($0.path == path || named.isHeir(of: $0)) && !tracked.contains($0.unitKey) && $0.contentKey != nil
        }
        let known = sources.filter { content.relation(to: $0) == .grown }.map { source in
            let half = source.rejected.first { $0.name == RejectReason.truncatedRecord.rawValue }?.count ?? 0
            return source.records - min(half, source.records)
        }
        named.file.knownRecords = UInt32(clamping: known.max() ?? 0)
    }

    /// The key of a new file's content, which names the part.
    private static func key(of file: CaptureFile) -> String {
        guard let content = try? HeldContent(path: file.path, origin: file.origin, sources: [], beginnings: [:]) else {
            return "0"
        }
        return content.key ?? "0"
    }

    private func planned(_ named: [Named]) -> PlannedUnit {
        let ordered = named.sorted { CaptureFile.precedes($0.file, $1.file) }
        var result = unit
        result.work = .capture(ordered.map(\.file))
        result.paths = ordered.map(\.file.path)
        result.storedLengths = ordered.map(\.storedLength)
        result.tags = ordered.map(\.tag)
        return result
    }
}
