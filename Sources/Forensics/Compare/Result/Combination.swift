/// Two or three values of different dimensions that together say more than each of them alone.
public struct Combination: Sendable, Equatable {
    /// One value of it.
    public struct Part: Sendable, Hashable {
        /// The dimension's name.
        public var dimension: String
        /// The value, as the evidence has it: untrusted text.
        public var value: String

        package init(dimension: String, value: String) {
            self.dimension = dimension
            self.value = value
        }
    }

    /// The values, in the order of their dimensions.
    public var parts: [Part]
    /// What facts that have all of the values did; `dimension` and `value` join those of the parts with ` + `.
    public var explanation: Explanation

    package init(parts: [Part], explanation: Explanation) {
        self.parts = parts
        self.explanation = explanation
    }
}
