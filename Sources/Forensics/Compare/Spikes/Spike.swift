/// A stretch of time that stands out, why, and what to compare it with.
public struct Spike: Sendable, Equatable {
    /// Nanoseconds since the epoch, inclusive, on a whole minute.
    public var startNanoseconds: Int64
    /// Nanoseconds since the epoch, exclusive, on a whole minute.
    public var endNanoseconds: Int64
    /// How far it stands out of the usual variation, in standard errors.
    public var strength: Double
    /// What moved in it, the most telling first.
    public var reasons: [Reason]
    /// Whether it is a level that stays, within which other spikes are looked for.
    public var isLevel: Bool
    /// The window to compare it with; `nil` where the evidence has no quiet stretch of its length.
    public var before: Before?

    /// One thing that moved.
    public struct Reason: Sendable, Equatable {
        /// What moved: `requests`, `errors`, or a dimension and its value.
        public var name: String
        /// Whether events were counted, per minute; else the values are milliseconds.
        public var isCount: Bool
        /// Whether it rose rather than fell.
        public var isRise: Bool
        /// The usual value.
        public var usual: Double
        /// The typical value inside.
        public var inside: Double
        /// How far it stands out, in standard errors.
        public var strength: Double
    }

    /// The quiet window that belongs to a spike.
    public struct Before: Sendable, Equatable {
        /// Nanoseconds since the epoch, inclusive.
        public var startNanoseconds: Int64
        /// Nanoseconds since the epoch, exclusive.
        public var endNanoseconds: Int64
        /// Why this one.
        public var choice: Choice
        /// Up to when the spike is compared with it, in nanoseconds since the epoch, exclusive: its end, or where the usual
        /// moves while it lasts, before that.
        public var duringEndNanoseconds: Int64
    }

    /// Why a window was chosen to compare with. The raw value says it in words.
    public enum Choice: String, Sendable {
        /// The usual case.
        case justBefore = "the equally long quiet window just before"
        /// Just before is not quiet or not covered.
        case dayBefore = "the same time a day earlier, because just before is not quiet or not covered"
        /// Neither just before nor a day earlier.
        case weekBefore = "the same time a week earlier, because nothing nearer is quiet and covered"
        /// Just before is quiet, and usually another level.
        case sameTimeOfDay = "the same time a day earlier, because just before usually has more or less"
        /// And the case has no such day.
        case sameTimeOfWeek = "the same time a week earlier, because just before usually has more or less"
        /// Nor such a week.
        case besideStart =
            "as many minutes just before it begins, because in longer windows the time of day alone makes a difference"
        /// None of these.
        case nearest = "the nearest earlier quiet window of that length"
        /// Less than its length precedes it.
        case shorterBefore = "all the quiet time just before, which is shorter"
        /// The same, of a fall that stays, where what precedes may be what stands out.
        case shorterAndHigher =
            "all the quiet time just before, which is shorter; if the evidence begins within an incident, that is it"
        /// Nor that, since it is not quiet.
        case shorterEarlier = "the nearest earlier quiet time, which is shorter, because just before is not quiet"
        /// Something earlier, of which too little is quiet and covered.
        case onlyAfter = "the nearest quiet window after it, because too little before it is quiet and covered"
        /// Nothing earlier at all, or very little.
        case after = "the nearest quiet window after it, because the evidence begins with it"
        /// The same, of a good part of the evidence.
        case afterLong =
            "the nearest quiet window after it, because the evidence begins with it; if it is the usual, what follows is a fall"
    }
}
