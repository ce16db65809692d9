/// What the entries of one filter list say about one value.
struct FilterVerdict: Sendable {
    /// An entry without `!` matches.
    var isMatched = false
    /// An entry with `!` matches.
    var isExcluded = false

    @inline(__always)
    func admits(hasPositives: Bool) -> Bool { !isExcluded && (isMatched || !hasPositives) }
}

/// Matches texts of a batch, remembering the answer per text.
struct TextMatcher: Sendable {
    enum Mode: Sendable {
        /// The whole text, letters of either case.
        case ignoringCase
        /// The whole text, or one of its parts between slashes (`app/NAME/ID`).
        case component
    }

    private let entries: [(text: [UInt8], isNegated: Bool)]
    private let mode: Mode
    let hasPositives: Bool
    /// By `TextID`: 0 not asked yet, else 1 + matched + 2 · excluded.
    private var answers: [UInt8] = []

    init(_ entries: [FactFilter.Entry], _ mode: Mode) {
        self.mode = mode
        self.entries = entries.map { (Self.folded(Array($0.text.utf8), mode), $0.isNegated) }
        hasPositives = entries.contains { !$0.isNegated }
    }

    @inline(__always)
    var isEmpty: Bool { entries.isEmpty }

    mutating func begin(_ count: Int) {
        if isEmpty { return }
        answers = [UInt8](repeating: 0, count: count + 1)
    }

    @inline(__always)
    mutating func admits(_ id: TextID, _ texts: borrowing TextTable) -> Bool {
        verdict(id, texts).admits(hasPositives: hasPositives)
    }

    @inline(__always)
    mutating func verdict(_ id: TextID, _ texts: borrowing TextTable) -> FilterVerdict {
        if id.isNone || isEmpty { return FilterVerdict() }
        var answer = answers[Int(id.rawValue)]
        if answer == 0 {
            answer = ask(texts.bytes(id))
            answers[Int(id.rawValue)] = answer
        }
        return FilterVerdict(isMatched: (answer &- 1) & 1 != 0, isExcluded: (answer &- 1) & 2 != 0)
    }

    /// What the entries say about a text of no batch.
    func verdict(_ bytes: [UInt8]?) -> FilterVerdict {
        guard let bytes, !isEmpty else { return FilterVerdict() }
        let answer = ask(bytes) - 1
        return FilterVerdict(isMatched: answer & 1 != 0, isExcluded: answer & 2 != 0)
    }

    func admits(_ bytes: [UInt8]?) -> Bool { verdict(bytes).admits(hasPositives: hasPositives) }

    private func ask(_ bytes: [UInt8]) -> UInt8 {
        let text = Self.folded(bytes, mode)
        var answer: UInt8 = 1
        for entry in entries where matches(entry.text, text) {
            answer = ((answer - 1) | (entry.isNegated ? 2 : 1)) + 1
        }
        return answer
    }

    private func matches(_ entry: [UInt8], _ text: [UInt8]) -> Bool {
        if entry == text { return true }
        guard mode == .component else { return false }
        return text.split(separator: 0x2F).dropFirst().contains { $0.elementsEqual(entry) }
    }

    private static func folded(_ bytes: [UInt8], _ mode: Mode) -> [UInt8] {
        mode == .ignoringCase ? bytes.map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 } : bytes
    }
}

/// Matches paths: a template, a whole path, or a prefix of a whole path.
struct PathMatcher: Sendable {
    private let entries: [(text: [UInt8], isPrefix: Bool, isNegated: Bool)]
    let hasPositives: Bool
    /// By `TextID` of a template that is the whole path: 0 not asked yet, else 1 + matched + 2 · excluded.
    private var answers: [UInt8] = []

    init(_ entries: [FactFilter.Entry]) {
        self.entries = entries.map { entry in
            let isPrefix = entry.text.hasSuffix("*")
            return (Array((isPrefix ? String(entry.text.dropLast()) : entry.text).utf8), isPrefix, entry.isNegated)
        }
        hasPositives = entries.contains { !$0.isNegated }
    }

    @inline(__always)
    var isEmpty: Bool { entries.isEmpty }

    mutating func begin(_ count: Int) {
        if isEmpty { return }
        answers = [UInt8](repeating: 0, count: count + 1)
    }

    mutating func admits(_ template: TextID, _ argument: PathArgument, _ texts: borrowing TextTable) -> Bool {
        if template.isNone { return !hasPositives }
        if argument != .none { return verdict(template, argument, texts).admits(hasPositives: hasPositives) }
        var answer = answers[Int(template.rawValue)]
        if answer == 0 {
            let verdict = verdict(template, .none, texts)
            answer = 1 + (verdict.isMatched ? 1 : 0) + (verdict.isExcluded ? 2 : 0)
            answers[Int(template.rawValue)] = answer
        }
        return FilterVerdict(isMatched: (answer - 1) & 1 != 0, isExcluded: (answer - 1) & 2 != 0)
            .admits(hasPositives: hasPositives)
    }

    private func verdict(
        _ template: TextID, _ argument: PathArgument, _ texts: borrowing TextTable
    ) -> FilterVerdict {
        let folded = texts.bytes(template)
        return verdict(folded, Self.whole(folded, argument, texts))
    }

    /// Asks about a path of no batch; one without a template is its own.
    func admits(path: [UInt8]?, template: [UInt8]?) -> Bool {
        guard let whole = path ?? template else { return !hasPositives }
        return verdict(template ?? whole, whole).admits(hasPositives: hasPositives)
    }

    private func verdict(_ folded: [UInt8], _ whole: [UInt8]) -> FilterVerdict {
        var verdict = FilterVerdict()
        for entry in entries {
            let hit =
                entry.isPrefix
                ? whole.starts(with: entry.text) || folded.starts(with: entry.text)
                : whole == entry.text || folded == entry.text
            if hit, entry.isNegated { verdict.isExcluded = true }
            if hit, !entry.isNegated { verdict.isMatched = true }
        }
        return verdict
    }

    /// The path that `PathTemplate.split` was given.
    private static func whole(
        _ template: [UInt8], _ argument: PathArgument, _ texts: borrowing TextTable
    ) -> [UInt8] {
        switch argument {
        case .none: return template
        case .whole(let id): return texts.bytes(id)
        case .number(let number): return filled(template, Array(String(number).utf8))
        case .text(let id): return filled(template, texts.bytes(id))
        }
    }

    private static func filled(_ template: [UInt8], _ value: [UInt8]) -> [UInt8] {
        guard let brace = template.firstIndex(of: 0x7B), brace + 4 <= template.count else { return template }
        return Array(template[..<brace]) + value + Array(template[(brace + 4)...])
    }
}

/// Matches addresses against CIDR blocks; entries that are none match nothing.
struct NetworkMatcher: Sendable {
    private let positives: NetworkSet
    private let negatives: NetworkSet
    let isEmpty: Bool
    let hasPositives: Bool

    init(_ entries: [FactFilter.Entry]) {
        positives = NetworkSet(entries.filter { !$0.isNegated }.compactMap { IPNetwork($0.text) })
        negatives = NetworkSet(entries.filter { $0.isNegated }.compactMap { IPNetwork($0.text) })
        isEmpty = entries.isEmpty
        hasPositives = entries.contains { !$0.isNegated }
    }

    @inline(__always)
    func admits(_ address: IPAddress?) -> Bool {
        isEmpty || verdict(address, nil).admits(hasPositives: hasPositives)
    }

    func verdict(_ first: IPAddress?, _ second: IPAddress?) -> FilterVerdict {
        var verdict = FilterVerdict()
        for address in [first, second] {
            guard let address else { continue }
            if positives.contains(address) { verdict.isMatched = true }
            if negatives.contains(address) { verdict.isExcluded = true }
        }
        return verdict
    }
}

/// A set of blocks; asks once per prefix length in use.
struct NetworkSet: Sendable {
    private var networks: Set<IPNetwork> = []
    private var lengths: [Int] = []

    init(_ networks: [IPNetwork]) {
        self.networks = Set(networks)
        lengths = Set(networks.map(\.prefixLength)).sorted()
    }

    func contains(_ address: IPAddress) -> Bool {
        for length in lengths {
            // An IPv4 address has at least 96 bits of prefix in common with every other.
            if address.isV4 {
                if length < 96 { continue }
                if networks.contains(IPNetwork(address, length: length - 96)) { return true }
            } else if networks.contains(IPNetwork(address, length: length)) {
                return true
            }
        }
        return false
    }
}

/// Matches targets: an address, an address and port, or a CIDR block.
struct EndpointMatcher: Sendable {
    private enum Pattern: Sendable {
        case endpoint(Endpoint)
        case network(IPNetwork)
    }

    private let entries: [(pattern: Pattern?, isNegated: Bool)]
    private let hasPositives: Bool

    init(_ entries: [FactFilter.Entry]) {
        self.entries = entries.map { entry in
            let bytes = Array(entry.text.utf8)
            if let endpoint = Endpoint.parse(bytes.span, 0..<bytes.count) {
                return (.endpoint(endpoint), entry.isNegated)
            }
            return (IPNetwork(entry.text).map(Pattern.network), entry.isNegated)
        }
        hasPositives = entries.contains { !$0.isNegated }
    }

    func admits(_ target: Endpoint?) -> Bool {
        if entries.isEmpty { return true }
        var verdict = FilterVerdict()
        for entry in entries {
            guard let target, let pattern = entry.pattern else { continue }
            let hit =
                switch pattern {
                case .endpoint(let endpoint): endpoint == target
                case .network(let network): network.contains(target.address)
                }
            if hit, entry.isNegated { verdict.isExcluded = true }
            if hit, !entry.isNegated { verdict.isMatched = true }
        }
        return verdict.admits(hasPositives: hasPositives)
    }
}

/// Matches small numbers: statuses, ports, kinds.
struct CodeMatcher: Sendable {
    private let entries: [(range: ClosedRange<UInt16>?, isNegated: Bool)]
    private let hasPositives: Bool

    init(_ entries: [FactFilter.Entry], range: (String) -> ClosedRange<UInt16>?) {
        self.entries = entries.map { (range($0.text), $0.isNegated) }
        hasPositives = entries.contains { !$0.isNegated }
    }

    /// Reads `503` as itself and `5xx` as the class.
    static func statusRange(_ text: String) -> ClosedRange<UInt16>? {
        if let code = UInt16(text) { return code...code }
        let bytes = Array(text.utf8)
        guard bytes.count == 3, bytes[0] &- 0x30 <= 9, bytes[1] | 0x20 == 0x78, bytes[2] | 0x20 == 0x78 else {
            return nil
        }
        let first = UInt16(bytes[0] - 0x30) * 100
        return first...(first + 99)
    }

    @inline(__always)
    func admits(_ code: UInt16?) -> Bool { entries.isEmpty || ask(code) }

    private func ask(_ code: UInt16?) -> Bool {
        var verdict = FilterVerdict()
        for entry in entries {
            guard let code, let range = entry.range, range.contains(code) else { continue }
            if entry.isNegated { verdict.isExcluded = true } else { verdict.isMatched = true }
        }
        return verdict.admits(hasPositives: hasPositives)
    }
}
