/// A client among the most active during, with a connection longer than the limit.
public struct ActiveLongClient: Sendable, Equatable {
    /// The client's address.
    public var clientIP: String
    /// Whose address it is, from the user's list.
    public var owner: String?
    /// Its rank before, from 1; `nil` where it was not seen.
    public var rankBefore: Int?
    /// Its rank during, from 1.
    public var rankDuring: Int
    /// What it did before, in the counted measure.
    public var activityBefore: Int64
    /// What it did during, in the counted measure.
    public var activityDuring: Int64
    /// Its longest connection before, over the limit or not; `nil` where it had none or the evidence could not show it.
    public var longestBeforeMilliseconds: Double?
    /// Its longest connection during.
    public var longestDuringMilliseconds: Double
    /// Whether the longest during was cut by the edge of the evidence: it lasted at least that long.
    public var isLongestDuringCensored: Bool
    /// Whether the longest before was cut by the edge of the evidence.
    public var isLongestBeforeCensored: Bool
    /// Long connections before; `nil` where the evidence could not have shown them.
    public var longBefore: Int64?
    /// Long connections during.
    public var longDuring: Int64
    /// Long connections of any record time that were open at some instant of the window before: some may have ended in neither
    /// window.
    public var longOpenInBefore: Int64?
    /// Of the long connections during, those that were open at some instant of the window before; `nil` where the rows that
    /// the case keeps do not tell.
    public var longDuringOpenInBefore: Int64?
    /// Its share of the total's change; `nil` where the total did not change.
    public var shareOfChange: Double?
    /// During minus what its rate before would have given, in units.
    public var change: Double
    /// Whether it had long connections before: some ended then, or all of those during were as long already.
    public var hadLongBefore: Answer
    /// Whether it has far more of them than before, beyond chance.
    public var hasFarMoreLong: Bool
    /// Whether it is news that it has some: it had none before, and has far more of them, or the most active clients together have
    /// more than the most active ones before, and this one several, or hardly anybody had any. Else some would be found in any
    /// window.
    public var isNews: Bool
    /// The kind of evidence that shows it: ranks, activity and shares are within that.
    public var kind: String?
    /// The capture point that shows it.
    public var vantage: String?
    /// What activity counts.
    public var countedIn: String
    /// Whether the long connections of both windows are at least so many: the minutes in which some ended.
    public var areLongAtLeast: Bool

    /// Yes, no, or that the evidence could not have shown it.
    public enum Answer: String, Sendable {
        /// It had some.
        case yes
        /// It had none, and the evidence would have shown them.
        case no
        /// The evidence could not have shown them.
        case unknown
    }
}

/// A value seen in one window only.
public struct SeenOnce: Sendable, Equatable {
    /// The dimension's name.
    public var dimension: String
    /// The value: untrusted text.
    public var value: String
    /// Whose address it is; clients only.
    public var owner: String?
    /// The count in the window that has it.
    public var count: Int64
    /// Its share of that window's total.
    public var share: Double
    /// The first minute with it for new values, the last for gone ones: nanoseconds since the epoch; `nil` if unknown.
    public var minuteNanoseconds: Int64?
}
