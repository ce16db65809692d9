/// Clients that held connections longer than the question's `--long`. At most `clientLimit` clients.
package struct LongConnectionTable: Sendable {
    package static let clientLimit = 1 << 20

    private var indices: [IPAddress: Int] = [:]
    private var clients: [WindowAggregate.LongClient] = []
    /// Connections of clients past the limit.
    package private(set) var refused: Int64 = 0

    package init() {}

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
        guard let index = index(of: client) else {
            refused += 1
            return
        }
        if isOpen { clients[index].openInWindow += 1 }
        if !isMember { return }
        clients[index].long += 1
        if isOpenEarlier { clients[index].openEarlier += 1 }
        if isLongEarlier { clients[index].longEarlier += 1 }
        note(index, duration: duration, isCensored: isCensored)
    }

    /// Adds a connection that is not long: it counts only as the longest of a client that has no other.
    package mutating func addShorter(_ client: IPAddress, duration: Int64, isCensored: Bool) {
        guard let index = index(of: client) else { return }
        note(index, duration: duration, isCensored: isCensored)
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

    private mutating func index(of client: IPAddress) -> Int? {
        if let known = indices[client] { return known }
        guard clients.count < Self.clientLimit else { return nil }
        indices[client] = clients.count
        clients.append(
            WindowAggregate.LongClient(client: client, long: 0, longest: 0, isCensored: false, openInWindow: 0))
        return clients.count - 1
    }
}
