package import ForensicsModel

/// A sort of failed requests that rose by itself, while roll-ups tell of each value only how many failed in all.
package enum ErrorSort: Sendable, Equatable {
    /// Answered 5xx.
    case serverErrors
    /// Answered 4xx.
    case clientErrors
    /// Those that somebody gave up on.
    case timeouts
    /// Answered with one status, which rose without its class.
    case status(UInt16)

    /// The stable name of their rate.
    var name: String {
        switch self {
        case .serverErrors: "status_5xx"
        case .clientErrors: "status_4xx"
        case .timeouts: "timeouts"
        case .status(let code): "status_\(code)"
        }
    }

    /// Other errors that are no more than this part of the sort cannot be what a value makes of it: one is told from a fifth on.
    private static let negligible = 0.2

    /// Whether a request failed so.
    package func holds(_ exchange: borrowing Exchange) -> Bool {
        switch self {
        case .serverErrors: exchange.isServerError
        case .clientErrors: exchange.isClientError
        case .timeouts: exchange.isTimeout
        case .status(let code): exchange.status == code
        }
    }

    /// Fills a batch with the requests of another one that failed so.
    package func select(from batch: borrowing FactBatch, into failed: inout FactBatch) {
        failed.removeAll()
        failed.texts = batch.texts
        for exchange in batch.exchanges where holds(exchange) { failed.exchanges.append(exchange) }
    }

    /// Returns the sort that rose alone, beside so many other errors that who makes it cannot be told from all of them; `nil` where
    /// all errors tell it.
    ///
    /// A scanner's 404s have nothing to do with 5xx that rose.
    package static func alone(in result: ComparisonResult) -> ErrorSort? {
        guard result.question.countedIn != RankMeasure.errors.rawValue, let all = ErrorShare(of: "errors", in: result)
        else { return nil }
        func hasRisen(_ sort: ErrorSort) -> Bool { ErrorShare(of: sort.name, in: result)?.hasRisen == true }
        let (server, client) = (hasRisen(.serverErrors), hasRisen(.clientErrors))
        if server, client { return nil }
        let sort: ErrorSort? =
            server
            ? .serverErrors
            : client
                ? .clientErrors
                : hasRisen(.timeouts) ? .timeouts : ErrorShare.risenStatuses(in: result).first.map(ErrorSort.status)
        guard let sort, let share = ErrorShare(of: sort.name, in: result) else { return nil }
        let others = max(all.change.before - share.change.before, all.change.during - share.change.during)
        return Double(others) > negligible * Double(share.change.during) ? sort : nil
    }
}
