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
    /// How many clients make them; `nil` where not all are known, or nothing became more.
    public var makers: Makers?

    package init(
        sort: String = "errors", total: ComparisonResult.Total, leading: [Explanation], makers: Makers? = nil
    ) {
        self.sort = sort
        self.total = total
        self.leading = leading
        self.makers = makers
    }

    /// How many clients make nearly all of the new errors, of how many.
    public struct Makers: Sendable, Equatable {
        /// The part that counts as nearly all.
        public static let part = 0.9
        /// The fewest clients that make that part together.
        public var clients: Int
        /// All clients of the window during.
        public var all: Int

        package init(clients: Int, all: Int) {
            self.clients = clients
            self.all = all
        }
    }
}
