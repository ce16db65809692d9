package import ForensicsModel

/// A sort of failed requests that rose by itself, or failed connections that rose beside failed requests, while roll-ups tell of each
/// value only how many failed in all.
package enum ErrorSort: Sendable, Equatable {
    /// Answered 5xx.
    case serverErrors
    /// Answered 4xx.
    case clientErrors
    /// Those that somebody gave up on.
    case timeouts
    /// Answered with one status, which rose without its class.
    case status(UInt16)
    /// Connections that were refused, reset or left unanswered, or whose handshake failed.
    case connections

    /// The stable name: that of their rate, where they have one.
    var name: String {
        switch self {
        case .serverErrors: "status_5xx"
        case .clientErrors: "status_4xx"
        case .timeouts: "timeouts"
        case .status(let code): "status_\(code)"
        case .connections: "failed_connections"
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
        case .connections: false
        }
    }

    /// How many of a value's requests and connections may fail so.
    func mayFail(_ dimension: Dimension, _ activity: Activity) -> Int64 {
        switch self {
        case .connections: activity.connections
        case .timeouts where !dimension.isOfRequests: activity.requests.addingSaturated(activity.connections)
        default: activity.requests
        }
    }

    /// Fills a batch with the requests or connections of another one that failed so.
    package func select(from batch: borrowing FactBatch, into failed: inout FactBatch) {
        failed.removeAll()
        failed.texts = batch.texts
        for exchange in batch.exchanges where holds(exchange) { failed.exchanges.append(exchange) }
        guard self == .connections else { return }
        for connection in batch.connections where connection.isError { failed.connections.append(connection) }
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

    /// Whether connections may fail more than before beside requests that do: a database that refuses an application, which answers
    /// its clients 500. Whose each of both are is not told by all errors together.
    package static func failsBesideRequests(in result: ComparisonResult) -> Bool {
        func hasRisen(_ name: String) -> Bool { ErrorShare(of: name, in: result)?.hasRisen == true }
        guard result.question.countedIn != RankMeasure.errors.rawValue,
            hasRisen("resets") || hasRisen(ErrorSort.timeouts.name)
        else { return false }
        return hasRisen(ErrorSort.serverErrors.name) || hasRisen(ErrorSort.clientErrors.name)
            || !ErrorShare.risenStatuses(in: result).isEmpty
    }
}
