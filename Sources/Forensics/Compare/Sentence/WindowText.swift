import ForensicsModel

/// The two windows in words: the date once where one will do.
struct WindowText {
    let before: String
    let during: String

    init(_ result: ComparisonResult) {
        let days = [result.before.start, result.before.end, result.during.start, result.during.end].map {
            String($0.prefix(10))
        }
        let sameDay = Set(days).count == 1
        func time(_ nanoseconds: Int64) -> String {
            let text = RFC3339.format(Timestamp(nanoseconds: nanoseconds), decimals: 3)
            var clock = String(text.dropFirst(11).dropLast(1))
            if clock.hasSuffix(".000") { clock.removeLast(4) }
            if clock.count == 8, clock.hasSuffix(":00") { clock.removeLast(3) }
            return sameDay ? clock : "\(text.prefix(10)) \(clock)"
        }
        let date = sameDay ? " UTC on \(days[0])" : " UTC"
        during = "\(time(result.during.startNanoseconds)) and \(time(result.during.endNanoseconds))\(date)"
        before = "\(time(result.before.startNanoseconds)) to \(time(result.before.endNanoseconds))"
    }
}
