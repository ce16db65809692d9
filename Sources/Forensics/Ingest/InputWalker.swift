/// One file to read.
package struct Input: Sendable, Equatable {
    /// The path to open; `-` for standard input.
    package var path: String
    /// Whether the user named the file itself, rather than a folder or a pattern that it was found through.
    package var isNamed: Bool
    /// How it looked when it was found; `nil` for standard input.
    package var stamp: FileStamp?

    package init(path: String, isNamed: Bool, stamp: FileStamp?) {
        self.path = path
        self.isNamed = isNamed
        self.stamp = stamp
    }

    /// The last component of the path.
    package var name: String { InputPath.name(path) }

    /// The marker object that Elastic Load Balancing writes to a bucket when logging is turned on: it holds no log.
    package var isTestObject: Bool { name == "ELBAccessLogTestFile" }
}

/// Turns the arguments of a command into the files to read.
///
/// Arguments are files, folders (walked), patterns (`*`, `?`, `[…]`, and `**` for any folders) and `-`. The result is
/// sorted by the bytes of the path and holds each path once. Symbolic links are followed, but not by `**`, as in shells; a
/// folder that is reached a second time is not walked again, so loops end.
package struct InputWalker {
    /// The files, sorted.
    package private(set) var inputs: [Input] = []
    /// What could not be found or listed, sorted by argument; the other inputs are usable all the same.
    package private(set) var errors: [IngestError] = []
    /// Hidden files and folders that a walk passed over.
    package private(set) var hidden = 0
    /// Pipes, sockets and devices that a walk or a pattern met: only those that are named are read.
    package private(set) var streams = 0
    private var walked: Set<Place> = []
    private let named: Set<String>

    /// A folder's identity in the file system.
    private struct Place: Hashable {
        var device: UInt64
        var inode: UInt64
    }

    /// Folders deeper than this are reported, not walked.
    package static let depthLimit = 128

    package init(_ arguments: [String]) {
        named = Set(arguments.map(InputPath.normalized))
        // Sorted first: which of two paths to one folder is walked does not depend on the order of the arguments.
        let sorted = arguments.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for argument in sorted { add(argument) }
        inputs.sort { left, right in
            if left.path != right.path { return left.path.utf8.lexicographicallyPrecedes(right.path.utf8) }
            return left.isNamed && !right.isNamed
        }
        var unique: [Input] = []
        for input in inputs where unique.last?.path != input.path { unique.append(input) }
        inputs = unique
    }

    private mutating func add(_ argument: String) {
        if argument == "-" {
            inputs.append(Input(path: "-", isNamed: true, stamp: nil))
            return
        }
        let path = InputPath.normalized(argument)
        do throws(IngestError) {
            if let stamp = try DirectoryListing.stamp(path) {
                add(path, stamp, isNamed: true, depth: 0)
            } else if GlobPattern.isPattern(path) {
                try expand(path)
            } else if path.contains("\u{FFFD}") {
                // What stands for bytes of the command line that are not UTF-8.
                throw Self.unnamable(path)
            } else {
                throw IngestError(.notFound, path: argument, problem: "does not exist", remedy: "check the path")
            }
        } catch {
            errors.append(error)
        }
    }

    private mutating func add(_ path: String, _ stamp: FileStamp, isNamed: Bool, depth: Int) {
        switch stamp.kind {
        case .directory: walk(path, stamp, depth: depth)
        case .regular: inputs.append(Input(path: path, isNamed: isNamed, stamp: stamp))
        case .stream:
            // A pipe that the user names is read; one that a walk meets would block.
            if isNamed {
                inputs.append(Input(path: path, isNamed: true, stamp: stamp))
            } else if !named.contains(path) {
                streams += 1
            }
        }
    }

    // MARK: - Folders

    private mutating func walk(_ path: String, _ stamp: FileStamp, depth: Int) {
        guard walked.insert(Place(device: stamp.device, inode: stamp.inode)).inserted else { return }
        guard depth < Self.depthLimit else {
            errors.append(Self.tooDeep(path))
            return
        }
        do throws(IngestError) {
            let names = try DirectoryListing.names(path)
            let present = Set(names.usable)
            for name in names.usable {
                if !name.hasPrefix(".") {
                    visit(path, name, present, depth)
                } else if !named.contains(InputPath.join(path, name)) {
                    hidden += 1
                }
            }
            for name in names.others {
                if name.hasPrefix(".") {
                    hidden += 1
                } else {
                    errors.append(Self.unnamable(InputPath.join(path, name)))
                }
            }
        } catch {
            errors.append(error)
        }
    }

    private mutating func visit(_ folder: String, _ name: String, _ present: Set<String>, _ depth: Int) {
        let path = InputPath.join(folder, name)
        do throws(IngestError) {
            guard let stamp = try DirectoryListing.stamp(path) else { throw Self.gone(path) }
            if stamp.kind == .regular, isCaseFile(folder, name, present) { return }
            add(path, stamp, isNamed: false, depth: depth + 1)
        } catch {
            errors.append(error)
        }
    }

    /// What a folder lists and is not there: a broken link, or a file that went away since.
    private static func gone(_ path: String) -> IngestError {
        IngestError(
            .notFound, path: path, problem: "is a link to nothing, or has just gone", remedy: "check the folder")
    }

    /// What has a name that is not UTF-8, as every path is here.
    private static func unnamable(_ path: String) -> IngestError {
        IngestError(.unusable, path: path, problem: "has a name that is not UTF-8", remedy: "rename it")
    }

    private static func tooDeep(_ path: String) -> IngestError {
        IngestError(.io, path: path, problem: "lies too deep in folders", remedy: "name the folder itself")
    }

    /// Notes what a pattern met; `**` comes to a folder twice.
    private mutating func note(_ error: IngestError) {
        if !errors.contains(error) { errors.append(error) }
    }

    /// Whether a file of a folder is an SQLite database or one of the files that SQLite, or a case, keeps beside it.
    private func isCaseFile(_ folder: String, _ name: String, _ present: Set<String>) -> Bool {
        for suffix in ["-wal", "-shm", "-journal", "-lock"] where name.hasSuffix(suffix) {
            let base = String(name.dropLast(suffix.count))
            if present.contains(base), Self.isDatabase(InputPath.join(folder, base)) { return true }
        }
        return Self.isDatabase(InputPath.join(folder, name))
    }

    private static func isDatabase(_ path: String) -> Bool {
        guard let file = try? InputFile.open(path: path) else { return false }
        let magic = InputDetector.sqliteMagic
        var bytes = [UInt8](repeating: 0, count: magic.count)
        return file.read(into: &bytes, at: 0, upTo: magic.count) == magic.count && bytes == magic
    }

    // MARK: - Patterns

    private mutating func expand(_ pattern: String) throws(IngestError) {
        let isAbsolute = pattern.hasPrefix("/")
        let components = pattern.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
        let before = inputs.count + errors.count
        var found = false
        expand(isAbsolute ? "/" : "", components[...], depth: 0, &found)
        if !found, inputs.count + errors.count == before {
            throw IngestError(
                .notFound, path: pattern, problem: "matches no file",
                remedy: "check the pattern, and quote it if it is meant for the shell")
        }
    }

    private mutating func expand(_ folder: String, _ rest: ArraySlice<String>, depth: Int, _ found: inout Bool) {
        guard let component = rest.first else { return }
        guard depth < Self.depthLimit else { return note(Self.tooDeep(folder)) }
        let isLast = rest.count == 1
        let following = rest.dropFirst()
        if component == "**" { expand(folder, following, depth: depth, &found) }
        guard component == "**" || GlobPattern.isPattern(component) else {
            descend(InputPath.join(folder, component), following, isLast, isListed: false, depth, &found)
            return
        }
        let names: DirectoryListing.Names
        do throws(IngestError) { names = try DirectoryListing.names(folder.isEmpty ? "." : folder) } catch {
            return note(error)
        }
        let pattern = GlobPattern(component == "**" ? "*" : component)
        for name in names.others where pattern.matches(name) { note(Self.unnamable(InputPath.join(folder, name))) }
        for name in names.usable where pattern.matches(name) {
            let path = InputPath.join(folder, name)
            if component == "**", !isLast {
                // Not through symbolic links, as in shells: they could lead back up.
                if !DirectoryListing.isLink(path) { descendAnyDepth(path, rest, depth, &found) }
            } else {
                descend(path, following, isLast, isListed: true, depth, &found)
            }
        }
    }

    /// Goes into what `**` met, if it is a folder.
    private mutating func descendAnyDepth(
        _ path: String, _ rest: ArraySlice<String>, _ depth: Int, _ found: inout Bool
    ) {
        do throws(IngestError) {
            guard let stamp = try DirectoryListing.stamp(path) else { throw Self.gone(path) }
            if stamp.kind == .directory { expand(path, rest, depth: depth + 1, &found) }
        } catch {
            note(error)
        }
    }

    /// Goes on with what a component of a pattern stands for.
    ///
    /// - Parameter isListed: whether the folder lists it: a name that is only in the pattern need not be in every folder.
    private mutating func descend(
        _ path: String, _ following: ArraySlice<String>, _ isLast: Bool, isListed: Bool, _ depth: Int,
        _ found: inout Bool
    ) {
        let stamp: FileStamp
        do throws(IngestError) {
            guard let there = try DirectoryListing.stamp(path) else {
                if isListed { throw Self.gone(path) }
                return
            }
            stamp = there
        } catch {
            return note(error)
        }
        if isLast {
            found = true
            add(path, stamp, isNamed: false, depth: depth)
        } else if stamp.kind == .directory {
            expand(path, following, depth: depth + 1, &found)
        }
    }
}
