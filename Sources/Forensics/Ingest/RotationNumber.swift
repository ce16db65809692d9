/// The number that a tool which rotates captures gave a file.
///
/// tcpdump puts it behind the whole name (`-C`: `f.pcap`, `f.pcap1`, `f.pcap2`; with `-W` `f.pcap00`), dumpcap puts five digits
/// before date and extension (`f_00001_20260101120000.pcap`). Digits elsewhere may be a time of day, and tell nothing here.
package enum RotationNumber {
    /// The number in the last component of a path; 0 for the first file of `-C`, which has none.
    package static func number(of path: String) -> Int {
        let rest = RotationName.unzipped(InputPath.name(path))
        guard let dot = rest.lastIndex(of: "."), dot != rest.startIndex else { return appended(rest) }
        let last = rest[rest.index(after: dot)...]
        let digits = trailingDigits(last)
        guard RotationName.extensions.contains(last.dropLast(digits.count).lowercased()) else { return appended(rest) }
        if digits.isEmpty { return counter(rest[..<dot]) }
        return digits.count <= mostDigits ? Int(digits) ?? 0 : 0
    }

    /// More digits behind an extension are a time in seconds (`-w f.pcap%s`), or the user's own.
    private static let mostDigits = 6

    /// Whether files are missing between two that follow one another: their numbers skip.
    ///
    /// - Parameter present: the numbers of files without packets, which come between others at no time of their own.
    package static func skips(from left: String, to right: String, present: Set<Int>) -> Bool {
        let (first, last) = (number(of: left), number(of: right))
        guard last - first > 1 else { return false }
        return !(first + 1..<last).allSatisfy(present.contains)
    }

    /// dumpcap's counter.
    private static func counter(_ base: Substring) -> Int {
        let name = Substring(decoding: RotationDate.removed(from: Array(base.utf8)), as: UTF8.self)
        let digits = trailingDigits(name)
        return digits.count == 5 ? Int(digits) ?? 0 : 0
    }

    /// tcpdump's, behind a name without an extension. Four digits or six, and what follows a separator, may be a time.
    private static func appended(_ name: Substring) -> Int {
        let digits = trailingDigits(name)
        guard digits.count < 4, let before = name.dropLast(digits.count).utf8.last,
            !RotationDate.isSeparator(before), before != 0x3A
        else { return counter(name) }
        return Int(digits) ?? 0
    }

    private static func trailingDigits(_ name: Substring) -> Substring {
        var start = name.endIndex
        while start > name.startIndex, let digit = name[..<start].utf8.last, digit &- 0x30 <= 9 {
            start = name.index(before: start)
        }
        return name[start...]
    }
}
