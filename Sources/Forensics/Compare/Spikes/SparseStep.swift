/// Whether a stretch of few events is a step: its rate comes at once and goes at once, as that of a ramp or a rhythm does not.
struct SparseStep {
    /// Events per minute; not a number where nobody looked.
    private let values: [Double]
    private let span: Range<Int>
    private let minutes: Range<Int>
    private let isRise: Bool
    private let ratio: Double

    /// At its ends a stretch is held against as many minutes as hold so many of its events, or that part of them.
    private static let eventsBeside = 40.0
    private static let partBeside = 0.33
    private static let leastBeside = 10
    /// Minutes to either side in which it must be a step, and in how many parts.
    private static let leastAround = 120
    private static let parts = 36
    /// What the choice of its ends explains by itself, in squares of which chance gives a quarter a part.
    private static let costOfChoice = 1.0

    /// - Parameters:
    ///   - span: the minutes to look at.
    ///   - minutes: the stretch.
    ///   - isRise: whether it has more than what is beside it.
    ///   - ratio: the smallest factor between inside and outside.
    init(_ values: [Double], span: Range<Int>, minutes: Range<Int>, isRise: Bool, least ratio: Double) {
        self.values = values
        self.span = span
        self.minutes = minutes
        self.isRise = isRise
        self.ratio = ratio
    }

    /// - Parameter count: its events, or those that a fall should have had.
    func isOne(of count: Double) -> Bool {
        // Where other days tell what is usual, no rhythm is left.
        isSharp(count) && (SpikeCourse.Kind(values.count) == .seasonal || isStep)
    }

    /// Whether it comes at once and goes at once: a ramp and a rhythm do not.
    private func isSharp(_ count: Double) -> Bool {
        let part = max(Self.partBeside, Self.eventsBeside / count)
        let width = min(minutes.count, max(Self.leastBeside, Int(part * Double(minutes.count))))
        func mean(_ part: Range<Int>) -> Double? {
            let known = part.clamped(to: span).map { values[$0] }.filter { !$0.isNaN }
            return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
        }
        let (first, last) = (minutes.lowerBound, minutes.upperBound)
        return [(first..<first + width, first - width..<first), (last - width..<last, last..<last + width)]
            .allSatisfy { inside, outside in
                guard let beside = mean(outside), let level = mean(inside) else { return true }
                return isRise ? level >= ratio * beside : beside >= ratio * level
            }
    }

    /// Whether a level explains what is around it better than a parabola does: a ramp and the hours of a rhythm are curves.
    private var isStep: Bool {
        let reach = max(Self.leastAround, minutes.count)
        let around = (minutes.lowerBound - reach..<minutes.upperBound + reach).clamped(to: span)
        let known = around.filter { !values[$0].isNaN }
        let width = max(1, known.count / Self.parts)
        let blocks = stride(from: 0, through: known.count - width, by: width).map { known[$0..<$0 + width] }
        // Even noise whatever the level.
        let counts = blocks.map { block in (block.reduce(0) { $0 + values[$1] } + 0.375).squareRoot() }
        let level = blocks.map { block in Double(block.count { minutes.contains($0) }) / Double(width) }
        let time = blocks.indices.map { 2 * Double($0) / Double(max(1, blocks.count - 1)) - 1 }
        let constant = [Double](repeating: 1, count: blocks.count)
        return Self.explained(counts, by: [constant, level]) - Self.costOfChoice
            > Self.explained(counts, by: [constant, time, time.map { $0 * $0 }])
    }

    /// The sum of squares that a sum of some shapes takes off.
    private static func explained(_ values: [Double], by shapes: [[Double]]) -> Double {
        var done: [[Double]] = []
        func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        return shapes.reduce(0) { sum, shape in
            // What the shapes before it do not have.
            let rest = done.reduce(shape) { rest, other in
                let part = product(shape, other) / product(other, other)
                return zip(rest, other).map { $0 - part * $1 }
            }
            let size = product(rest, rest)
            guard size > 1e-9 else { return sum }
            done.append(rest)
            let part = product(values, rest)
            return sum + part * part / size
        }
    }
}
