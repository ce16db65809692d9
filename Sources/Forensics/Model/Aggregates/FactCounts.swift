/// What one fact adds to the counts. Roll-ups and exact counts both go through here, so that they agree.
package enum FactCounts {
    @inline(__always)
    package static func activity(of exchange: borrowing Exchange) -> Activity {
        var activity = Activity()
        activity.requests = 1
        activity.bytes = exchange.bytesTotal
        activity.errors = exchange.isError ? 1 : 0
        activity.longest = max(0, exchange.elapsed ?? 0)
        return activity
    }

    @inline(__always)
    package static func activity(of connection: borrowing Connection) -> Activity {
        var activity = Activity()
        activity.connections = 1
        activity.bytes = connection.bytesBelongToExchanges ? 0 : connection.bytesTotal
        activity.errors = connection.isError ? 1 : 0
        activity.longest = connection.flags.contains(.rejected) ? 0 : max(0, connection.duration ?? 0)
        return activity
    }

    /// - Parameter isAlone: whether no connection counts, so that the bytes are the exchange's wherever it comes from.
    @inline(__always)
    package static func add(
        _ exchange: borrowing Exchange, _ activity: Activity, isAlone: Bool = false, to totals: inout TrafficTotals
    ) {
        var own = activity
        if exchange.bytesBelongToConnection, !isAlone { own.bytes = 0 }
        totals.activity.add(own)
        if exchange.isClientError { totals.clientErrors += 1 }
        if exchange.isServerError { totals.serverErrors += 1 }
        if exchange.isTimeout { totals.timeouts += 1 }
    }

    @inline(__always)
    package static func add(
        _ connection: borrowing Connection, _ activity: Activity, to totals: inout TrafficTotals
    ) {
        totals.activity.add(activity)
        if connection.isTimeout { totals.timeouts += 1 }
        if connection.isReset { totals.resets += 1 }
    }
}
