/// What tools that rotate captures add to a file's name, told apart from what the user named it.
///
/// Taken for rotation: `.gz` at the end; digits behind the extension (`f.pcap0`, `f.pcap12`, `f.pcap.1`, `f.pcap_1`,
/// `f.pcap.part1`); dates and times before it (`%Y-%m-%d_%H:%M:%S` in its usual spellings, epoch seconds, six digits of a time
/// of day); a counter of at least four digits at the end of the name that begins with 0
/// (`name_00001_20260101120000.pcap`). Other digits at the end, and times of day of four digits or with hyphens, may belong to
/// the name: `web1.pcap` and `web2.pcap`, `ip-10-0-1-5.pcap` and `eth0` are vantages. Whether they are rotation, other
/// names of the folder tell, or the times of the files (`CaptureSequence`).
struct RotationName: Equatable, Sendable {
    /// The name without what is rotation for certain.
    var stem: String
    /// The name without what is rotation only if other files of the folder say so.
    var looseStem: String?
    /// The names that are enough for `looseStem` to count.
    var evidence: Evidence = .none
    /// Whether the times of the files may tell instead: not where the digits look like the end of an address.
    var isToldByTimes = false
    /// The counter's digits that were removed for certain; 0 if there was none.
    var counterWidth = 0

    enum Evidence: Equatable, Sendable {
        /// No names tell.
        case none
        /// A file of the loose stem itself: the first file of `-C` on a name without extension has no number.
        case bareName
        /// A counter of the same stem and as many digits that begins with 0.
        case paddedCounter(width: Int)
    }

    static let extensions: Set<String> = ["pcap", "pcapng", "cap", "ntar", "dmp", "dump", "trace", "pcapdump"]

    init(_ name: String) {
        let rest = Self.unzipped(name)
        let (base, suffix, isKnown) = Self.splitExtension(rest)
        var remaining = RotationDate.removed(from: Array(base.utf8))
        let digits = Self.trailingDigits(remaining)
        if digits >= 4, remaining[remaining.count - digits] == 0x30 {
            remaining = Self.trimmed(remaining, digits)
            counterWidth = digits
        } else if let time = RotationDate.timeAtEnd(remaining) {
            looseStem = Self.joined(Self.trimmed(remaining, remaining.count - time), suffix)
            isToldByTimes = true
        } else if isKnown, digits >= 4 {
            looseStem = Self.joined(Self.trimmed(remaining, digits), suffix)
            evidence = .paddedCounter(width: digits)
        } else if !isKnown, digits > 0, digits < remaining.count {
            looseStem = Self.joined(Array(remaining.dropLast(digits)), suffix)
            evidence = .bareName
        } else if digits > 0, digits < remaining.count {
            looseStem = Self.joined(Self.trimmed(remaining, digits), suffix)
        }
        if looseStem != nil, digits >= 4 || !Self.isAddress(remaining, digits) { isToldByTimes = true }
        stem = Self.joined(remaining, suffix)
    }

    /// The stems that a file of this name may have been given, by this version of the rules or an earlier one.
    static func possibleStems(of name: String) -> Set<String> {
        let parsed = RotationName(name)
        return Set([parsed.stem, parsed.looseStem, String(unzipped(name))].compactMap { $0 })
    }

    /// The name without the ending of compression.
    static func unzipped(_ name: String) -> Substring {
        name.lowercased().hasSuffix(".gz") ? name.dropLast(3) : Substring(name)
    }

    /// Splits `name.pcap3` into `name` and `.pcap`; without a known extension all is the name.
    private static func splitExtension(_ name: Substring) -> (base: Substring, suffix: String, isKnown: Bool) {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return (name, "", false) }
        let last = name[name.index(after: dot)...]
        var letters = last
        while let character = letters.utf8.last, character &- 0x30 <= 9 { letters = letters.dropLast() }
        if letters.utf8.count < last.utf8.count {
            if letters.isEmpty || letters.lowercased() == "part" {
                // `f.pcap.1`, as log rotation writes it.
                let before = splitExtension(name[..<dot])
                if before.isKnown { return before }
            }
            while let byte = letters.utf8.last, RotationDate.isSeparator(byte) { letters = letters.dropLast() }
        }
        guard extensions.contains(letters.lowercased()) else { return (name, "", false) }
        return (name[..<dot], "." + letters, true)
    }

    private static func trailingDigits(_ bytes: [UInt8]) -> Int {
        var count = 0
        while count < bytes.count, bytes[bytes.count - 1 - count] &- 0x30 <= 9 { count += 1 }
        return count
    }

    /// Whether the digits at the end follow others, with one separator between, as the parts of an address do.
    private static func isAddress(_ bytes: [UInt8], _ digits: Int) -> Bool {
        let separator = bytes.count - digits - 1
        return separator > 0 && RotationDate.isSeparator(bytes[separator]) && bytes[separator - 1] &- 0x30 <= 9
    }

    private static func trimmed(_ bytes: [UInt8], _ count: Int) -> [UInt8] {
        var rest = Array(bytes.dropLast(count))
        while let last = rest.last, RotationDate.isSeparator(last) { rest.removeLast() }
        return rest
    }

    private static func joined(_ base: [UInt8], _ suffix: String) -> String {
        base.isEmpty ? "capture" + suffix : String(decoding: base, as: UTF8.self) + suffix
    }

    /// Returns the stems that the names of one folder tell, in the order of the names.
    static func stems(_ parsed: [RotationName]) -> [String] {
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
