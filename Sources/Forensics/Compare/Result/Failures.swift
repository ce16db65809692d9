/// Who makes the errors: failed requests and connections that became a larger part of all, attributed to values as the total
/// is.
public struct Failures: Sendable, Equatable {
    /// Which errors: the rate that rose by itself beside many others (`status_5xx`, `status_4xx`, `timeouts`, or one
    /// status as `status_403`), else `errors`.
    public var sort: String
    /// These errors of both windows.
    public var total: ComparisonResult.Total
    /// The values that make more of the new errors than of all there is, the most first; empty where nobody can be told to.
    public var leading: [Explanation]

    package init(sort: String = "errors", total: ComparisonResult.Total, leading: [Explanation]) {
        self.sort = sort
        self.total = total
        self.leading = leading
    }
}
