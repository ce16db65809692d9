/// Bars and sparklines out of block characters.
package enum BarPlot {
    private static let eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    private static let levels = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// Returns a bar of at most so many columns for a share of 1; what is negative or not a number has none.
    package static func bar(_ share: Double, columns: Int) -> String {
        guard share.isFinite, share > 0, columns > 0 else { return "" }
        let units = Int((min(1, share) * Double(columns * 8)).rounded())
        return String(repeating: "█", count: units / 8) + eighths[units % 8]
    }

    /// Returns one character per value, from 0 to the largest of them, or to `top` where several share a scale; a dot
    /// where there is no value.
    package static func sparkline(_ values: [Double?], top: Double = 0) -> String {
        let largest = max(top, values.compactMap { $0 }.max() ?? 0)
        return values.map { value in
            guard let value else { return "·" }
            guard largest > 0, value > 0 else { return levels[0] }
            return levels[min(7, Int(value / largest * 8))]
        }.joined()
    }

    /// Returns the means of at most so many groups of equal length, so that they fit a line.
    package static func fitted(_ values: [Double?], columns: Int) -> [Double?] {
        guard columns > 0, values.count > columns else { return values }
        let group = (values.count + columns - 1) / columns
        return stride(from: 0, to: values.count, by: group).map { start in
            let part = values[start..<min(values.count, start + group)].compactMap { $0 }
            return part.isEmpty ? nil : part.reduce(0, +) / Double(part.count)
        }
    }
}
