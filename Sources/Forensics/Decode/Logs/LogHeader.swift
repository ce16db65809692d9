import ForensicsModel

/// The columns of a log as its header line names them.
package struct LogHeader: Sendable, Equatable {
    /// The names as written, in the order of the line. An empty name is a column to pass over.
    package var names: [[UInt8]]

    package init(names: [[UInt8]]) { self.names = names }

    /// Reads a header line of the format, or returns `nil` unless at least half of its fields, and two, are names of
    /// its columns: values are never column names.
    init?(_ bytes: Span<UInt8>, _ line: LogTokenizer, kind: EvidenceKind, from first: Int = 0) {
        let columns = LogColumns.names(kind)
        var found: [[UInt8]] = []
        var known = 0
        for index in first..<max(first, line.count) {
            var name: [UInt8] = []
            for place in line[index] { name.append(bytes[place]) }
            if columns.contains(where: { Self.matches(name, $0) }) { known += 1 }
            found.append(name)
        }
        guard known >= 2, known * 2 >= found.count else { return nil }
        names = found
    }

    /// Reads a `#Fields:` directive of the W3C extended log file format.
    init?(directive bytes: Span<UInt8>, _ line: LogTokenizer, kind: EvidenceKind) {
        let word = line[0]
        guard word.count == 8, ByteWord.load(bytes, word.lowerBound) | 0x2020_2020_2020_2000 == Self.fields else {
            return nil
        }
        self.init(bytes, line, kind: kind, from: 1)
    }

    /// `#fields:`
    private static let fields: UInt64 = 0x3A73_646C_6569_6623

    /// Whether a name is that of a column; AWS writes the same names with colons, hyphens or underscores.
    static func matches(_ name: [UInt8], _ column: StaticString) -> Bool {
        guard name.count == column.utf8CodeUnitCount else { return false }
        var index = 0
        for byte in column.description.utf8 {
            if normalized(name[index]) != normalized(byte) { return false }
            index += 1
        }
        return true
    }

    private static func normalized(_ byte: UInt8) -> UInt8 {
        switch byte {
        case 0x2D, 0x3A: 0x5F
        case 0x41...0x5A: byte | 0x20
        default: byte
        }
    }

    /// Whether the line is the content of the marker object `ELBAccessLogTestFile`.
    static func isTestObject(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        LogValue.begins(bytes, range, "Enable AccessLog for ELB")
    }
}
