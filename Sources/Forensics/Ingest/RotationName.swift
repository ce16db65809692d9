/// What tools that rotate captures add to a file's name, told apart from what the user named it.
///
/// Taken for rotation: `.gz` at the end; digits behind the extension (`f.pcap0`, `f.pcap12`, `f.pcap.1`); dates and
/// times before it (`%Y-%m-%d_%H:%M:%S` in its usual spellings, epoch seconds, six digits of a time of day); a counter
/// of at least four digits at the end of the name that begins with 0 (`name_00001_20260101120000.pcap`). Digits that
/// are anything else belong to the name: `web1.pcap` and `web2.pcap`, `ip-10-0-1-5.pcap` and `eth0` are vantages.
struct RotationName: Equatable, Sendable {
    /// The name without what is rotation for certain.
    var stem: String
    /// The name without trailing digits that are rotation only if other files of the folder say so.
    var looseStem: String?
    /// What must be there for `looseStem` to count.
    var evidence: Evidence = .none
    /// The counter's digits that were removed for certain; 0 if there was none.
    var counterWidth = 0

    enum Evidence: Equatable, Sendable {
        case none
        /// A file of the loose stem itself: the first file of `-C` on a name without extension has no number.
        case bareName
        /// A counter of the same stem and as many digits that begins with 0.
        case paddedCounter(width: Int)
    }

    static let extensions: Set<String> = ["pcap", "pcapng", "cap", "ntar", "dmp", "dump", "trace", "pcapdump"]

    init(_ name: String) {
        var rest = Substring(name)
        if rest.lowercased().hasSuffix(".gz") { rest = rest.dropLast(3) }
        let (base, suffix, isKnown) = Self.splitExtension(rest)
        var remaining = RotationDate.removed(from: Array(base.utf8))
        let digits = Self.trailingDigits(remaining)
        if digits >= 4, remaining[remaining.count - digits] == 0x30 {
            remaining = Self.trimmed(remaining, digits)
            counterWidth = digits
        } else if isKnown, digits >= 4 {
            looseStem = Self.joined(Self.trimmed(remaining, digits), suffix)
            evidence = .paddedCounter(width: digits)
        } else if !isKnown, digits > 0, digits < remaining.count {
            looseStem = Self.joined(Array(remaining.dropLast(digits)), suffix)
            evidence = .bareName
        }
        stem = Self.joined(remaining, suffix)
    }

    /// Splits `name.pcap3` into `name` and `.pcap`; without a known extension all is the name.
    private static func splitExtension(_ name: Substring) -> (base: Substring, suffix: String, isKnown: Bool) {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return (name, "", false) }
        let last = name[name.index(after: dot)...]
        if !last.isEmpty, last.utf8.allSatisfy({ $0 &- 0x30 <= 9 }) {
            // `f.pcap.1`, as log rotation writes it.
            let before = splitExtension(name[..<dot])
            if before.isKnown { return before }
        }
        var letters = last
        while let character = letters.utf8.last, character &- 0x30 <= 9 { letters = letters.dropLast() }
        guard extensions.contains(letters.lowercased()) else { return (name, "", false) }
        return (name[..<dot], "." + letters, true)
    }

    private static func trailingDigits(_ bytes: [UInt8]) -> Int {
        var count = 0
        while count < bytes.count, bytes[bytes.count - 1 - count] &- 0x30 <= 9 { count += 1 }
        return count
    }

    private static func trimmed(_ bytes: [UInt8], _ count: Int) -> [UInt8] {
        var rest = Array(bytes.dropLast(count))
        while let last = rest.last, RotationDate.isSeparator(last) { rest.removeLast() }
        return rest
    }

    private static func joined(_ base: [UInt8], _ suffix: String) -> String {
        base.isEmpty ? "capture" + suffix : String(decoding: base, as: UTF8.self) + suffix
    }

    /// Returns the stems of the files of one folder, in the order of the names.
    static func stems(_ names: [String]) -> [String] {
        let parsed = names.map { RotationName($0) }
        var bare: Set<String> = []
        var padded: Set<String> = []
        for name in parsed {
            if name.counterWidth > 0 {
                padded.insert("\(name.counterWidth) \(name.stem)")
            } else {
                bare.insert(name.stem)
            }
        }
        return parsed.map { name in
            guard let loose = name.looseStem else { return name.stem }
            switch name.evidence {
            case .none: return name.stem
            case .bareName: return bare.contains(loose) ? loose : name.stem
            case .paddedCounter(let width): return padded.contains("\(width) \(loose)") ? loose : name.stem
            }
        }
    }
}
