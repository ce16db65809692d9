import ForensicsCompare
import ForensicsModel

/// The traffic over time as strips that share one axis, with both windows shaded and a brush over all.
struct HTMLTimeline {
    /// What one kind of evidence shows; different kinds see the same traffic and are never added.
    struct Part {
        var name: String
        var timeline: WindowAggregate
    }

    let parts: [Part]
    let window: TimeWindow
    let before: ComparisonResult.Window
    let during: ComparisonResult.Window

    private static let maximumPoints = 720
    private static let height = 100.0

    private static let strips: [(name: String, isBytes: Bool, count: @Sendable (TrafficTotals) -> Int64)] = [
        ("requests", false, { $0.activity.requests }), ("connections", false, { $0.activity.connections }),
        ("bytes", true, { $0.activity.bytes }), ("errors", false, { $0.activity.errors }),
        ("4xx responses", false, { $0.clientErrors }), ("5xx responses", false, { $0.serverErrors }),
        ("timeouts", false, { $0.timeouts }), ("resets", false, { $0.resets }),
        ("long connections", false, { $0.long }), ("failed health checks", false, { $0.failedHealthChecks }),
    ]

    func html() -> String {
        let width = TimelineReport.width(for: window, rows: Self.maximumPoints)
        let told = parts.map { part in
            let report = TimelineReport(part.timeline, window: window, width: width, measure: .requests)
            let rows = report.rows
            let strips = Self.strips.filter { strip in rows.contains { strip.count($0.totals) > 0 } }
            return (name: part.name, rows: rows, strips: strips, gaps: rows.map(report.isUncovered))
        }
        guard let rows = told.first?.rows, let first = rows.first, rows.count > 1 else {
            return "<p class=\"faint\">No timeline.</p>\n"
        }
        let end = first.start.addingSaturated(Int64(rows.count).multipliedSaturated(by: width))
        var out = "<div id=\"timeline\" class=\"timeline\" tabindex=\"0\" role=\"group\" "
        out += "aria-label=\"Timeline. Arrow keys move the selection, with shift they widen it, escape clears it.\">\n"
        for part in told {
            if told.count > 1 { out += "<h3>\(HTMLText.evidence(part.name))</h3>\n" }
            for strip in part.strips { out += self.strip(strip, part.rows, part.gaps, first.start, end, width) }
        }
        out += "<div class=\"brush\" hidden></div></div>\n"
        out += "<div class=\"axis\" aria-hidden=\"true\"><span>\(TimeText.minute(first.start))</span>"
        out +=
            "<span>\(TimeText.minute(first.start + end.subtractingSaturated(first.start) / 2))</span><span>\(TimeText.minute(end))</span></div>\n"
        out +=
            "<p class=\"legend\"><span class=\"key before\"></span> before <span class=\"key during\"></span> during"
        out += told.contains { $0.gaps.contains(true) } ? " <span class=\"key gap\"></span> no evidence. " : ". "
        out += "Drag over the strips, or use the arrow keys, to read a part of it.</p>\n"
        out += "<output id=\"selection\" aria-live=\"polite\"></output>\n"
        let series = told.flatMap { part in
            part.strips.map { strip -> JSONValue in
                // Bytes have their unit.
                let words = (told.count > 1 ? [part.name] : []) + (strip.isBytes ? [] : [strip.name])
                return .object([
                    ("name", .string(words.joined(separator: " "))), ("bytes", .bool(strip.isBytes)),
                    (
                        "values",
                        .array(zip(part.rows, part.gaps).map { $1 ? .null : .integer(strip.count($0.totals)) })
                    ),
                ])
            }
        }
        let data = JSONValue.object([
            ("start", .integer(first.start / 1_000_000)), ("step", .integer(width / 1_000_000)),
            ("series", .array(series)),
        ])
        return out + "<script type=\"application/json\" id=\"timeline-data\">\(HTMLText.data(data))</script>\n"
    }

    private func strip(
        _ strip: (name: String, isBytes: Bool, count: @Sendable (TrafficTotals) -> Int64),
        _ rows: [WindowAggregate.Bucket], _ gaps: [Bool], _ start: Int64, _ end: Int64, _ width: Int64
    ) -> String {
        let values = rows.map { Double(strip.count($0.totals)) }
        let largest = values.max() ?? 0
        let minutes = Double(width) / 60e9
        let peak =
            strip.isBytes
            ? NumberText.bytes(largest / minutes) : NumberText.short(largest / minutes)
        let label = "\(strip.name): up to \(peak) per minute"
        var out =
            "<figure><figcaption><b>\(strip.name)</b> <span class=\"faint\">up to \(peak) per minute</span></figcaption>"
        out +=
            "<svg viewBox=\"0 0 \(values.count) 100\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"\(label)\">"
        for (name, window) in [("before", before), ("during", during)] {
            let from = place(window.startNanoseconds, start, end, values.count)
            let to = place(window.endNanoseconds, start, end, values.count)
            guard to > from else { continue }
            out +=
                "<rect class=\"\(name)\" x=\"\(number(from))\" y=\"0\" width=\"\(number(to - from))\" height=\"100\"/>"
        }
        for gap in Self.stretches(gaps) {
            out += "<rect class=\"gap\" x=\"\(gap.lowerBound)\" y=\"0\" width=\"\(gap.count)\" height=\"100\"/>"
        }
        out += "<path class=\"area\" d=\"M0 100\(steps(values, largest))V100Z\"/></svg></figure>\n"
        return out
    }

    /// Where values in a row are true.
    private static func stretches(_ values: [Bool]) -> [Range<Int>] {
        values.indices.reduce(into: []) { found, index in
            guard values[index] else { return }
            if let last = found.last, last.upperBound == index {
                found[found.count - 1] = last.lowerBound..<index + 1
            } else {
                found.append(index..<index + 1)
            }
        }
    }

    /// A step for each value: a line between points would show traffic where there was none.
    private func steps(_ values: [Double], _ largest: Double) -> String {
        var out = ""
        var previous: Double?
        for (index, value) in values.enumerated() {
            let y = largest > 0 ? Self.height * (1 - value / largest) : Self.height
            if y != previous { out += "H\(index)V\(number(y))" }
            previous = y
        }
        return out + "H\(values.count)"
    }

    private func place(_ time: Int64, _ start: Int64, _ end: Int64, _ count: Int) -> Double {
        min(1, max(0, Double(time.subtractingSaturated(start)) / Double(end.subtractingSaturated(start))))
            * Double(count)
    }

    private func number(_ value: Double) -> String { NumberText.significant(NumberText.rounded(value, 5), 5) }
}
