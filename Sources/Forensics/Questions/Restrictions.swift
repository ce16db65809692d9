import ForensicsIngest
import ForensicsModel
import Foundation

/// What a reading command restricts itself to, as the user wrote it.
public struct Restrictions: Sendable {
    /// The case file.
    public var store: String
    /// What messages call the case, where its file is nobody's: the evidence that it was made of.
    var evidence: String?
    /// Start and end of the time looked at.
    public var from: String?
    /// End of the time looked at; not included.
    public var to: String?
    /// The zone of times written without one.
    public var timeZone: String?
    /// Lists of alternatives; an entry that begins with `!` excludes.
    public var loadBalancers: [String] = []
    /// CIDRs of clients.
    public var clients: [String] = []
    /// Domain names, whole.
    public var domains: [String] = []
    /// Target addresses, with or without port.
    public var targets: [String] = []
    /// Target ports.
    public var targetPorts: [String] = []
    /// Paths, templates, or prefixes that end in `*`.
    public var paths: [String] = []
    /// Statuses, or classes such as `5xx`.
    public var statuses: [String] = []
    /// Kinds of evidence.
    public var kinds: [String] = []
    /// Capture points, nodes of load balancers and network interfaces of flow logs, by name.
    public var vantages: [String] = []
    /// Clients left out everywhere.
    public var ignored: [String] = []
    /// Whether health checks count as client traffic.
    public var includesHealthChecks = false
    /// CSV of `cidr,owner`.
    public var ownersFile: String?
    /// Files of MaxMind DB that name the network and the country of a client.
    public var addressDatabases: [String] = []

    /// What messages call the case.
    var place: String { evidence ?? store }

    /// Creates an empty restriction on a case.
    public init(store: String) { self.store = store }

    /// The lists in force, with what a kind must tell for rows of it to pass.
    private var lists: [(name: String, values: [String], needs: EvidenceKind.Told)] {
        [
            ("load balancer", loadBalancers, []), ("client", clients, []), ("domain", domains, .domains),
            ("target", targets, .targets), ("target port", targetPorts, []), ("path", paths, .requests),
            ("status", statuses, .requests), ("kind", kinds, []), ("vantage", vantages, []), ("ignoring", ignored, []),
        ].filter { !$0.1.isEmpty }
    }

    /// The filters in force, in words, or `nil` where there is none: printed with every answer.
    package var description: String? { description(without: []) }

    /// Whether facts are left out of the evidence that is looked at; which evidence that is leaves none out.
    var leavesOutFacts: Bool { lists.contains { $0.name != "kind" && $0.name != "vantage" } }

    /// Whether facts are left out by more than whose they are, and to which load balancer.
    var filtersRequests: Bool {
        lists.contains { !["kind", "vantage", "client", "ignoring", "load balancer"].contains($0.name) }
    }

    /// Whether only what some clients did is looked at.
    var namesClients: Bool { clients.contains { !$0.hasPrefix("!") } }

    /// The filters in force but those of these names, in words.
    func description(without names: Set<String>) -> String? {
        var parts = lists.filter { !names.contains($0.name) }.map { "\($0.name) \(Self.words($0.values))" }
        if includesHealthChecks { parts.append("health checks included") }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    /// Alternatives, and what is excluded: none of that may be.
    private static func words(_ values: [String]) -> String {
        let wanted = values.filter { !$0.hasPrefix("!") }
        let excluded = values.filter { $0.hasPrefix("!") }
        return ([wanted.joined(separator: " or ")].filter { !$0.isEmpty } + excluded).joined(separator: " and ")
    }

    /// Filters in force that rows of a kind have nothing for, so that none passes, in words; `nil` where there is none.
    func unanswered(by kind: EvidenceKind) -> String? {
        let names = lists.filter { !kind.told.isSuperset(of: $0.needs) }.map(\.name)
        return names.isEmpty ? nil : names.joined(separator: ", ")
    }

    /// Of those the ones that name what must be there, so that an answer would be nothing at all; `nil` where there is none.
    func unmet(by kind: EvidenceKind) -> String? {
        let names = lists.filter { list in
            !kind.told.isSuperset(of: list.needs) && list.values.contains { !$0.hasPrefix("!") }
        }.map(\.name)
        return names.isEmpty ? nil : names.joined(separator: ", ")
    }

    /// Filters that are given but say nothing about what is asked for, in words; `nil` where there is none.
    ///
    /// - Parameters:
    ///   - names: filters that say nothing, by their names in `description`; `nil` for all.
    ///   - others: restrictions of the command's own that are given and say nothing.
    func passedOver(_ names: Set<String>?, _ others: [String] = [], for what: String) -> String? {
        var idle = lists.map(\.name).filter { names?.contains($0) ?? true }
        if names == nil, from != nil || to != nil { idle.append("time") }
        if names == nil, includesHealthChecks { idle.append("health checks") }
        idle += others
        return idle.isEmpty ? nil : "\(what) cannot be filtered by \(idle.joined(separator: ", ")): passed over."
    }

    /// The options that restrict, as a command line takes them: all but those of time.
    var arguments: [String] {
        let options = [
            ("--load-balancer", loadBalancers), ("--client", clients), ("--domain", domains), ("--target", targets),
            ("--target-port", targetPorts), ("--path", paths), ("--status", statuses), ("--kind", kinds),
            ("--vantage", vantages), ("--ignore", ignored), ("--mmdb", addressDatabases),
        ]
        return options.flatMap { option, values in values.flatMap { [option, $0] } }
            + (includesHealthChecks ? ["--include-health-checks"] : [])
    }
}

/// Reads the user's list of owners.
package enum OwnersFile {
    /// Returns the entries of a CSV file of `cidr,owner`; a first line of two names or more is its header.
    ///
    /// Blank lines and lines that begin with `#` are passed over. A name may be quoted. A file without a block is refused, and
    /// so is a block with two owners: the list replaces the one in the case.
    package static func read(_ path: String) throws(ForensicsError) -> OwnerTable {
        guard FileManager.default.fileExists(atPath: path) else {
            throw ForensicsError(.noInput, "\(path): does not exist; name a CSV file of cidr,owner.")
        }
        if FileStamp.of(path)?.kind == .directory {
            throw ForensicsError(.data, "\(path): is a folder; name a CSV file of cidr,owner.")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ForensicsError(.permission, "\(path): cannot be read; check its permissions.")
        }
        func wrong(_ what: String, _ line: Int) -> ForensicsError {
            ForensicsError(
                .data, "\(path): \(what) (line \(line)); write lines like 203.0.113.0/24,Example Ltd.")
        }
        var table = OwnerTable()
        var owners: [IPNetwork: String] = [:]
        let lines = String(decoding: data, as: UTF8.self).split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        var isFirst = true
        for (index, line) in lines.enumerated() {
            // A byte order mark belongs to no field.
            let text = line.trimmingCharacters(in: .whitespaces.union(CharacterSet(charactersIn: "\u{FEFF}")))
            if text.isEmpty || text.hasPrefix("#") { continue }
            defer { isFirst = false }
            let line = index + 1
            let fields = text.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false).map(unquoted)
            guard let network = IPNetwork(fields[0]) else {
                if isFirst, fields.count > 1, isName(fields[0]) { continue }
                throw wrong("is not cidr,owner", line)
            }
            guard fields.count > 1 else { throw wrong("is not cidr,owner", line) }
            let owner = fields[1]
            if owner.isEmpty { throw wrong("names no owner of \(network)", line) }
            if let other = owners.updateValue(owner, forKey: network), other != owner {
                throw wrong("gives \(network) to \(owner) and to \(other)", line)
            }
            table.add(network, owner: owner)
        }
        guard !table.isEmpty else {
            throw ForensicsError(.data, "\(path): holds no block; write lines like 203.0.113.0/24,Example Ltd.")
        }
        return table
    }

    /// Whether the first field of a file is the name of a column, rather than a block that somebody mistyped.
    private static func isName(_ field: String) -> Bool {
        field.first.map { !$0.isNumber } ?? false && !field.contains { $0 == "." || $0 == ":" || $0 == "/" }
    }

    private static func unquoted(_ text: Substring) -> String {
        let trimmed = text.trimmingCharacters(in: .whitespaces)
        guard trimmed.count >= 2, trimmed.hasPrefix("\""), trimmed.hasSuffix("\"") else { return trimmed }
        return String(trimmed.dropFirst().dropLast().replacing("\"\"", with: "\""))
    }
}
