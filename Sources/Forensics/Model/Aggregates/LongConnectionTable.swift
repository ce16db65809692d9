/// Clients that held connections longer than the question's `--long`. Of more than `clientLimit` those with the fewest make way.
package struct LongConnectionTable: Sendable {
    package static let clientLimit = 1 << 20

    private var indices: [IPAddress: Int] = [:]
    private var clients: [WindowAggregate.LongClient] = []
    private let limit: Int
    /// Long connections of clients that made way.
    package private(set) var refused: Int64 = 0

    package init(limit: Int = Self.clientLimit) { self.limit = limit }

    /// Adds one long connection.
    ///
    /// - Parameters:
    ///   - isMember: whether the window counts it (by the anchor); only then `duration` may be the longest.
    ///   - isOpen: whether it was open at some instant of the window.
    ///   - isOpenEarlier: whether it was open at some instant of the window before that this one is compared with.
    ///   - isLongEarlier: whether it was, and was long already when that window ended.
    package mutating func add(
        _ client: IPAddress, duration: Int64, isCensored: Bool, isMember: Bool, isOpen: Bool,
        isOpenEarlier: Bool = false, isLongEarlier: Bool = false
    ) {
        let index = index(of: client)
        if isOpen { clients[index].openInWindow += 1 }
        if !isMember { return }
        clients[index].long += 1
        if isOpenEarlier { clients[index].openEarlier += 1 }
        if isLongEarlier { clients[index].longEarlier += 1 }
        note(index, duration: duration, isCensored: isCensored)
    }

    /// Adds a connection that is not long: it counts only as the longest of a client that has no other.
    package mutating func addShorter(_ client: IPAddress, duration: Int64, isCensored: Bool) {
        note(index(of: client), duration: duration, isCensored: isCensored)
    }

    private mutating func note(_ index: Int, duration: Int64, isCensored: Bool) {
        if duration > clients[index].longest {
            clients[index].longest = duration
            clients[index].isCensored = isCensored
        } else if duration == clients[index].longest {
            clients[index].isCensored = clients[index].isCensored || isCensored
        }
    }

    /// All clients, ordered by address.
    package var all: [WindowAggregate.LongClient] { clients.sorted { $0.client < $1.client } }

    private mutating func index(of client: IPAddress) -> Int {
        if let known = indices[client] { return known }
        if clients.count >= limit { makeRoom() }
        indices[client] = clients.count
        clients.append(
            WindowAggregate.LongClient(client: client, long: 0, longest: 0, isCensored: false, openInWindow: 0))
        return clients.count - 1
    }

    /// Keeps the half of the clients that have most long connections: in a fleet of devices that hold one each nobody else matters.
    private mutating func makeRoom() {
        let order = RadixOrder.order(clients.map { ~UInt64(clamping: max($0.long, $0.openInWindow)) })
        refused += order.dropFirst(limit / 2).reduce(0) { $0 + clients[Int($1)].long }
        clients = order.prefix(limit / 2).map { clients[Int($0)] }
        indices.removeAll(keepingCapacity: true)
        for (index, one) in clients.enumerated() { indices[one.client] = index }
    }
}
