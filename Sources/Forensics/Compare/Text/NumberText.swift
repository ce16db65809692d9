import ForensicsModel

/// Numbers as people read them and as machines do, without a locale.
package enum NumberText {
    private static let powersOfTen: [Double] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]

    /// Returns a whole number with commas between groups of three digits.
    package static func grouped(_ value: Int64) -> String { DecimalText.grouped(value) }

    /// Returns a number with a fixed count of decimals (0 through 9), rounded half away from zero, ungrouped.
    package static func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
        let places = min(max(decimals, 0), 9)
        let scaled = (abs(value) * powersOfTen[places]).rounded()
        guard scaled < 9e15 else { return String(value) }
        let whole = Int64(scaled)
        let sign = value < 0 && whole != 0 ? "-" : ""
        guard places > 0 else { return sign + String(whole) }
        let divisor = Int64(powersOfTen[places])
        let fraction = String(whole % divisor)
        let zeros = String(repeating: "0", count: places - fraction.utf8.count)
        return "\(sign)\(whole / divisor).\(zeros)\(fraction)"
    }

    /// Returns a number of any size with about three significant digits and grouped thousands.
    package static func short(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        let size = abs(value)
        if size >= 100 { return size < 9e15 ? grouped(Int64(value.rounded())) : significant(value, 3) }
        if size >= 10 { return trimmed(fixed(value, 1)) }
        if size >= 1 { return trimmed(fixed(value, 2)) }
        if size == 0 { return "0" }
        return size >= 0.001 ? trimmed(fixed(value, 4)) : significant(value, 2)
    }

    /// Returns a ratio with its sign: `3.1×`, `0.42×`, `1,200×`.
    package static func ratio(_ value: Double) -> String {
        let size = abs(value)
        if size >= 9.95 { return grouped(Int64(min(size, 9e15).rounded())) + "×" }
        return fixed(value, size >= 0.995 ? 1 : 2) + "×"
    }

    /// Returns an interval of a ratio: `2.9× to 3.4×`, `at least 3.1×` where nothing limits it, `nil` where there is none, or
    /// where it holds everything.
    ///
    /// A bound from 0.9 to 1.1 has three significant digits, and as many more as tell it from 1: whether the interval holds
    /// 1 is what it is read for. Bounds close to one another have the same decimals, as many as tell them apart.
    ///
    /// - Parameters:
    ///   - to: what stands between the bounds.
    ///   - atLeast: what stands before the lower one where it is alone.
    package static func interval(_ ratio: RateRatio, to: String = " to ", atLeast: String = "at least ") -> String? {
        guard let lower = ratio.lower else { return nil }
        // An upper bound past this says only that the data set no limit.
        guard let upper = ratio.upper, upper < farthest else {
            if lower >= 1 { return atLeast + bound(lower) }
            // "At least" would be read as a rise.
            return ratio.upper == nil ? nil : "\(bound(lower))\(to)over \(grouped(Int64(farthest)))×"
        }
        guard let decimals = decimals(of: ratio) else { return bound(lower) + to + bound(upper) }
        return bound(lower, decimals) + to + bound(upper, decimals)
    }

    /// Returns a ratio with the decimals of its interval, or as closely as `bound` where it has none.
    package static func value(of ratio: RateRatio) -> String? {
        ratio.value.map { value in decimals(of: ratio).map { bound(value, $0) } ?? bound(value) }
    }

    private static let farthest = 10_000.0
    private static let mostDecimals = 6
    /// Bounds nearer to one another than this have the same decimals.
    private static let closeBounds = 1.5

    /// The decimals of an interval with close bounds; `nil` for any other.
    private static func decimals(of ratio: RateRatio) -> Int? {
        guard let lower = ratio.lower, let upper = ratio.upper, lower > 0, upper < closeBounds * lower else {
            return nil
        }
        let least = max(decimals(lower), decimals(upper))
        guard lower < upper else { return least }
        var decimals = least
        while decimals < mostDecimals, fixed(lower, decimals) == fixed(upper, decimals) { decimals += 1 }
        return decimals
    }

    private static func bound(_ value: Double, _ decimals: Int) -> String {
        if decimals == 0 { return grouped(Int64(min(value, 9e15).rounded())) + "×" }
        let text = fixed(value, decimals)
        // Where not even the last digit there may be tells it from 1, zeros tell nothing.
        return (decimals == mostDecimals && Double(text) == 1 ? "1.00" : text) + "×"
    }

    /// The decimals that tell a ratio: with about two significant digits, or near 1 closely.
    private static func decimals(_ value: Double) -> Int {
        guard value >= 0.9, value <= 1.1 else { return value >= 9.95 ? 0 : value >= 0.995 ? 1 : 2 }
        var decimals = value < 1 ? 3 : 2
        while value != 1, decimals < mostDecimals, Double(fixed(value, decimals)) == 1 { decimals += 1 }
        return decimals
    }

    /// Returns a ratio as `ratio` does, but closely where it is near 1.
    package static func bound(_ value: Double) -> String {
        bound(abs(value), decimals(abs(value)))
    }

    /// Returns a share as per cent: `23 %`, `4.2 %`, `< 0.1 %`; a loss that small is `0 %`.
    package static func percent(_ share: Double) -> String {
        let value = share * 100
        let size = abs(value)
        if size == 0 { return "0 %" }
        if size < 0.1 { return value < 0 ? "0 %" : "< 0.1 %" }
        return (size >= 9.95 ? grouped(Int64(min(max(value, -9e15), 9e15).rounded())) : fixed(value, 1)) + " %"
    }

    /// Returns bytes in powers of 1000: `812 B`, `1.2 MB`.
    package static func bytes(_ value: Double) -> String {
        let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
        var size = abs(value)
        var unit = 0
        while size >= 999.5, unit < units.count - 1 {
            size /= 1000
            unit += 1
        }
        let digits = unit == 0 || size >= 99.95 ? fixed(size, 0) : fixed(size, 1)
        return "\(value < 0 ? "-" : "")\(digits) \(units[unit])"
    }

    /// Returns a duration in the unit that suits its size: `312 ms`, `1.24 s`, `5 min 12 s`, `2 h 05 min`.
    package static func duration(milliseconds: Double) -> String {
        let size = abs(milliseconds)
        let sign = milliseconds < 0 ? "-" : ""
        if size == 0 { return "0 ms" }
        if size < 0.9995 { return "\(sign)\(fixed(size * 1000, 0)) µs" }
        if size < 99.95 { return "\(sign)\(trimmed(fixed(size, 1))) ms" }
        if size < 999.5 { return "\(sign)\(fixed(size, 0)) ms" }
        if size < 59_995 { return "\(sign)\(trimmed(fixed(size / 1000, size < 9995 ? 2 : 1))) s" }
        let seconds = Int64(min(size / 1000, 9e15).rounded())
        if seconds < 3600 { return "\(sign)\(seconds / 60) min" + (seconds % 60 == 0 ? "" : " \(seconds % 60) s") }
        let minutes = (seconds + 30) / 60
        if minutes < 2880 {
            let rest = minutes % 60
            return "\(sign)\(minutes / 60) h" + (rest == 0 ? "" : " \(rest < 10 ? "0" : "")\(rest) min")
        }
        return "\(sign)\(trimmed(fixed(Double(minutes) / 1440, 1))) d"
    }

    /// Returns a plain number a machine reads: rounded to so many significant digits, no grouping.
    package static func significant(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite, value != 0 else { return value.isFinite ? "0" : value.isNaN ? "nan" : "inf" }
        let rounded = self.rounded(value, digits)
        if abs(rounded) < 9e15, let whole = Int64(exactly: rounded) { return String(whole) }
        return String(rounded)
    }

    /// Returns the nearest number with so many significant decimal digits.
    package static func rounded(_ value: Double, _ digits: Int) -> Double {
        guard value.isFinite, value != 0, digits < 16 else { return value }
        var size = abs(value)
        var exponent = 0
        while size >= 10 {
            size /= 10
            exponent += 1
        }
        while size < 1 {
            size *= 10
            exponent -= 1
        }
        var mantissa = 1.0
        for _ in 1..<max(digits, 1) { mantissa *= 10 }
        var whole = Int64((size * mantissa).rounded())
        exponent -= max(digits, 1) - 1
        // Trailing zeros move into the exponent, so that the text below is as short as it can be.
        while whole % 10 == 0, whole != 0 {
            whole /= 10
            exponent += 1
        }
        return Double("\(value < 0 ? "-" : "")\(whole)e\(exponent)") ?? value
    }

    private static func trimmed(_ text: String) -> String {
        guard text.contains(".") else { return text }
        var result = Substring(text)
        while result.hasSuffix("0") { result.removeLast() }
        if result.hasSuffix(".") { result.removeLast() }
        return String(result)
    }
}
