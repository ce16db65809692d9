import ForensicsModel

/// The filter that the options make, each entry checked: what no value can pass is an error of the one who wrote it, and neither an
/// answer of nothing nor, with `!`, one of everything.
extension Restrictions {
    /// The filter, with every entry checked.
    package func filter() throws(ForensicsError) -> FactFilter {
        var filter = FactFilter()
        filter.loadBalancers = try loadBalancerEntries()
        filter.clients = try networks(clients, option: "--client")
        filter.domains = try domainEntries()
        filter.targets = try targetEntries()
        filter.targetPorts = try ports(targetPorts)
        filter.paths = try Self.entries(paths, option: "--path")
        filter.statuses = try statusEntries()
        filter.kinds = try kindEntries()
        filter.vantages = try Self.entries(vantages, option: "--vantage")
        filter.ignored = try Self.networks(ignored, option: "--ignore")
        filter.includesHealthChecks = includesHealthChecks
        return filter
    }

    /// Reads CIDRs of an option that takes no negation.
    package static func networks(_ texts: [String], option: String) throws(ForensicsError) -> [IPNetwork] {
        var result: [IPNetwork] = []
        for text in texts {
            guard let network = IPNetwork(text) else { throw notNetwork(option, text) }
            result.append(network)
        }
        return result
    }

    /// Reads the entries of an option, of which none is empty.
    private static func entries(_ texts: [String], option: String) throws(ForensicsError) -> [FactFilter.Entry] {
        let entries = texts.map(FactFilter.Entry.init)
        guard entries.allSatisfy({ !$0.text.isEmpty }) else {
            throw ForensicsError(.usage, "\(option) '': is empty; give it a value, or leave it out.")
        }
        return entries
    }

    private func networks(_ texts: [String], option: String) throws(ForensicsError) -> [FactFilter.Entry] {
        let entries = try Self.entries(texts, option: option)
        for entry in entries where IPNetwork(entry.text) == nil { throw Self.notNetwork(option, entry.text) }
        return entries
    }

    private static func notNetwork(_ option: String, _ text: String) -> ForensicsError {
        ForensicsError(
            .usage, "\(option) \(text): is no address or block; use 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32.")
    }

    /// Names may have slashes (`app/NAME/ID`), but none that make them look like a block.
    private func loadBalancerEntries() throws(ForensicsError) -> [FactFilter.Entry] {
        let entries = try Self.entries(loadBalancers, option: "--load-balancer")
        for entry in entries where IPNetwork(entry.text) == nil && IPAddress(Self.head(entry.text, "/")) != nil {
            throw Self.notNetwork("--load-balancer", entry.text)
        }
        return entries
    }

    private static func head(_ text: String, _ end: Character) -> String { String(text.prefix { $0 != end }) }

    private func domainEntries() throws(ForensicsError) -> [FactFilter.Entry] {
        let entries = try Self.entries(domains, option: "--domain")
        for entry in entries {
            // No name has a star, and none has what stands around it in a URL: it would be an answer of nothing.
            if entry.text.contains("*") {
                throw ForensicsError(
                    .usage,
                    "--domain \(entry.text): is a pattern, and names are taken whole; see `top domain`, name each.")
            }
            let parts = entry.text.split(separator: ":", omittingEmptySubsequences: false)
            if entry.text.contains("://") || parts.count == 2 && UInt16(parts[1]) != nil {
                throw ForensicsError(
                    .usage, "--domain \(entry.text): is more than a name; leave out scheme, port and path.")
            }
        }
        return entries
    }

    private func targetEntries() throws(ForensicsError) -> [FactFilter.Entry] {
        let entries = try Self.entries(targets, option: "--target")
        for entry in entries {
            let bytes = Array(entry.text.utf8)
            if IPNetwork(entry.text) == nil, Endpoint.parse(bytes.span, 0..<bytes.count) == nil {
                throw ForensicsError(
                    .usage, "--target \(entry.text): is no address; use 10.0.0.1, 10.0.0.1:8080 or 10.0.0.0/24.")
            }
        }
        return entries
    }

    /// Reads a number of digits alone: a sign would be taken by `Int`.
    private static func number(_ text: String) -> UInt16? {
        text.utf8.allSatisfy { 0x30...0x39 ~= $0 } ? UInt16(text) : nil
    }

    private func ports(_ texts: [String]) throws(ForensicsError) -> [FactFilter.Entry] {
        let entries = try Self.entries(texts, option: "--target-port")
        for entry in entries where Self.number(entry.text) == nil {
            throw ForensicsError(.usage, "--target-port \(entry.text): is no port; use a number from 0 to 65535.")
        }
        return entries
    }

    private func statusEntries() throws(ForensicsError) -> [FactFilter.Entry] {
        let entries = try Self.entries(statuses, option: "--status")
        for entry in entries {
            // Three digits, whichever: logs tell what they are given. 0 and 0xx are the 000 of a log that has no status.
            let isNumber = entry.text == "0" || entry.text.utf8.count == 3 && Self.number(entry.text) != nil
            let isClass =
                entry.text.count == 3 && entry.text.hasSuffix("xx") && "012345".contains(entry.text.prefix(1))
            if !isNumber, !isClass {
                throw ForensicsError(
                    .usage,
                    "--status \(entry.text): is no status; use three digits as 503 or 000, or a class from 0xx to 5xx.")
            }
        }
        return entries
    }

    private func kindEntries() throws(ForensicsError) -> [FactFilter.Entry] {
        let entries = try Self.entries(kinds, option: "--kind")
        for entry in entries where EvidenceKind(name: entry.text) == nil { throw Self.notKind("--kind \(entry.text)") }
        return entries
    }

    /// - Parameter given: the option or parameter as it was written.
    static func notKind(_ given: String) -> ForensicsError {
        let names = EvidenceKind.allCases.map(\.name).joined(separator: ", ")
        return ForensicsError(.usage, "\(given): is no kind of evidence; use one of \(names).")
    }
}
