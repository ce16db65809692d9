/// Durations as the command line writes them: `90s`, `5m`, `1h30m`, `250ms`, `7d`.
package enum DurationText {
    private static let units: [(suffix: String, nanoseconds: Int64)] = [
        ("ms", 1_000_000), ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000),
        ("s", 1_000_000_000),
    ]

    /// Returns nanoseconds, or `nil` unless all of `text` is a non-negative duration in parts of falling size.
    package static func parse(_ text: String) -> Int64? {
        var rest = Substring(text)
        var total: Int64 = 0
        var last = Int64.max
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let value = Int64(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            guard let unit = units.first(where: { rest.hasPrefix($0.suffix) }), unit.nanoseconds < last else {
                return nil
            }
            rest = rest.dropFirst(unit.suffix.count)
            last = unit.nanoseconds
            let (product, overflow) = value.multipliedReportingOverflow(by: unit.nanoseconds)
            let (sum, carried) = total.addingReportingOverflow(product)
            if overflow || carried { return nil }
            total = sum
        }
        return total
    }

    /// Returns a duration in its shortest form, cut to milliseconds: `1h30m`, `90s` prints as `1m30s`.
    package static func string(_ nanoseconds: Int64) -> String {
        var rest = nanoseconds
        var text = ""
        for (suffix, size) in [units[1], units[2], units[3], units[4], units[0]] {
            let count = rest / size
            rest %= size
            if count > 0 { text += "\(count)\(suffix)" }
        }
        return text.isEmpty ? "0s" : text
    }
}
