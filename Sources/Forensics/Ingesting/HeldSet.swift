import ForensicsIngest
import ForensicsModel
import ForensicsStore
import Foundation

/// A capture set held against what the case has of it.
///
/// The case holds a set as one part that is tracked again whenever a file comes or grows. Once an original is gone, or its
/// name has been given to other packets, that part stays as it is, and what is new makes a part of its own.
struct HeldSet {
    let run: IngestRun
    let unit: PlannedUnit
    let files: [CaptureFile]
    /// The sources of all parts.
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
    }

    /// What is to be tracked, or `nil` if there is nothing new.
    func changed() throws -> PlannedUnit? {
        let beginnings = try run.store.beginnings(of: held)
        let named = try files.indices.map { try look($0, beginnings) }
        for entry in named {
            guard let (source, relation) = entry.nearest else { continue }
            if relation != .other, source.options != run.options.fingerprint {
                throw IngestRun.otherOptions(entry.file.path, source)
            }
            if relation == .cut {
                run.note("\(entry.file.path): is shorter than when it was read; the case keeps what it had.")
            } else if relation == .changed {
                run.note("\(entry.file.path): has changed since it was read; it is read again.")
            }
        }
        if named.allSatisfy(\.isUnchanged) { return nil }
        guard let last = held.max(by: { $0.ordinal < $1.ordinal })?.unitKey else { return unit }
        let members = held.filter { $0.unitKey == last }
        if let loss = try members.lazy.compactMap({ try loss($0, named, beginnings) }).first {
            run.note("\(loss.path): \(loss.what); what the case holds of it stays, and what is new is tracked apart.")
            return try part(of: named, after: loss)
        }
        return try joined(named, members, key: last)
    }

    private func look(_ index: Int, _ beginnings: [UInt32: String]) throws -> Named {
        let file = files[index]
        var named = Named(file: file, storedLength: unit.storedLengths[index], tag: unit.tags[index])
        let sources = held.filter { $0.path == file.path }
        if sources.isEmpty { return named }
        if named.tag != nil {
            // What the case knows by its tag is not fetched.
            named.nearest = sources.max { $0.ordinal < $1.ordinal }.map { ($0, .grown) }
            return named
        }
        let content = try HeldContent(path: file.path, origin: file.origin, sources: sources, beginnings: beginnings)
        named.content = content
        named.nearest = content.nearest(sources)
        return named
    }

    // MARK: - One part, tracked again

    /// Why a source of the part that is tracked cannot be read again; `nil` if it can.
    private func loss(
        _ member: SourceRecord, _ named: [Named], _ beginnings: [UInt32: String]
    ) throws -> (path: String, what: String)? {
        var nearest = named.first { $0.file.path == member.path }?.nearest
        if nearest == nil {
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
            nearest = content.nearest([member])
        }
        guard let (source, relation) = nearest, source.ordinal == member.ordinal, relation != .other, relation != .cut
        else { return (member.path, "holds other packets than when it was read") }
        return nil
    }

    /// All files of the part, and the new ones.
    private func joined(_ named: [Named], _ members: [SourceRecord], key: String) throws -> PlannedUnit {
        var joined = named.filter { entry in
            // What an earlier part holds stays there.
            entry.nearest.map { source, _ in source.unitKey == key || !entry.isUnchanged } ?? true
        }
        for source in members where !joined.contains(where: { $0.file.path == source.path }) {
            let object = run.remote?.object(source.path)
            joined.append(
                Named(
                    file: CaptureFile(
                        ordinal: 0, path: source.path, origin: object.map { .stream($0.stream) } ?? .file,
                        firstTime: source.firstTime), storedLength: source.bytes, tag: object?.object.tag))
        }
        for index in joined.indices { try passOverKnown(&joined[index], in: key) }
        var result = planned(joined, key: key)
        result.seam = members.lazy.compactMap(\.detail).flatMap { $0.components(separatedBy: "; ") }
            .first { $0.hasPrefix(Self.seam) }
        return result
    }

    // MARK: - A part of its own

    /// How the detail of a part's first source begins.
    private static let seam = "tracked apart from what was read before: "

    private func part(of named: [Named], after loss: (path: String, what: String)) throws -> PlannedUnit {
        var fresh = named.filter { !$0.isUnchanged }
        for index in fresh.indices { try passOverKnown(&fresh[index], in: nil) }
        var result = planned(fresh, key: unit.key)
        let contents = fresh.map { $0.content?.key ?? $0.tag.map { "0-\($0)" } ?? Self.key(of: $0.file) }.sorted()
        result.key = UnitDescription.part(of: unit.key, content: contents.first ?? "0")
        let name = loss.path.split(separator: "/").last.map(String.init) ?? loss.path
        result.seam = "\(Self.seam)\(name) \(loss.what)"
        return result
    }

    /// Of a file that has grown since another part was made of it, the rest is new: from its last record on if that was
    /// only half written.
    ///
    /// - Parameter key: the part that is tracked; `nil` for a new one.
    private func passOverKnown(_ named: inout Named, in key: String?) throws {
        let path = named.file.path
        let sources = held.filter { $0.path == path && $0.unitKey != key && $0.contentKey != nil }
        guard named.tag == nil, !sources.isEmpty else { return }
        let content =
            try named.content
            ?? HeldContent(path: path, origin: named.file.origin, sources: sources, beginnings: [:])
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

    private func planned(_ named: [Named], key: String) -> PlannedUnit {
        let unknown = Timestamp(nanoseconds: .max)
        let ordered = named.sorted { left, right in
            let times = (left.file.firstTime ?? unknown, right.file.firstTime ?? unknown)
            return times.0 != times.1 ? times.0 < times.1 : left.file.path < right.file.path
        }
        var result = unit
        result.key = key
        result.work = .capture(ordered.map(\.file))
        result.paths = ordered.map(\.file.path)
        result.storedLengths = ordered.map(\.storedLength)
        result.tags = ordered.map(\.tag)
        return result
    }
}
