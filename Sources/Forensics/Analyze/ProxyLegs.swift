package import ForensicsModel

/// Tells second legs: a capture of all interfaces of a host sees what passes the host twice, on its way to a proxy there and from
/// the proxy on, or before and after its destination is translated (DNAT, as kube-proxy does).
///
/// A request is a second leg if it goes to another server than one with the same Root of X-Amzn-Trace-Id, or with the same client
/// and port, path and bytes, and lies inside that one in time; or than one that came from the client whom its X-Forwarded-For names,
/// with the same method and path, and no trace. A connection is one if it carries such requests. No translation changes
/// sequence numbers: a connection with both initial ones of another, to another server, is its second leg, and so are its requests,
/// from another client (SNAT), to whatever server, if at the same time. An attempt to connect that nobody answered has the client's
/// number alone: it is a second leg if it comes from the same client and port to another address at the same time. Between bridges a
/// host shows answers half translated, as a connection of its own of which nothing of the client is seen: it has these numbers too.
/// Second legs are marked, and count for nothing: what passes is counted where it came in.
///
/// Facts have to come in order of their ids within a batch, as the merged parts of a capture do, so that a request precedes its
/// second leg. Bounded: in a table of fixed size a newer leg takes an older one's place.
package struct ProxyLegs: Sendable {
    /// Places of either table: a leg and its second one are a few facts apart.
    private static let places = 1 << 12
    /// Connections of second legs, and servers of them on this host, that are remembered.
    private static let carrierLimit = 1 << 16
    private static let serverLimit = 1 << 10

    /// How far an interface's clock may be off another's; nanoseconds.
    private static let slack: Int64 = 1_000_000

    /// A request or connection: a digest of what both legs have in common, one of its server, and its time where that counts.
    private struct Leg {
        var key: UInt64 = 0
        var server: UInt64 = 0
        var start: Int64 = 0
        var end: Int64 = 0

        /// Whether another leg with the same key lies inside it and goes to another server.
        @inline(__always)
        func isFirst(of other: Leg, slack: Int64) -> Bool {
            key == other.key && server != other.server && other.start &+ slack >= start && other.end <= end &+ slack
        }
    }

    /// A connection with its initial sequence numbers between the ends that it was first seen between, as digests: the tables are
    /// asked for each request and have to stay in the cache.
    private struct Route {
        var numbers: UInt64 = 0
        var client: UInt64 = 0
        var server: UInt64 = 0
        /// Of the connection's beginning, or its latest request's.
        var time: Int64 = 0

        /// Whether both numbers look drawn at random (RFC 6528): generators of traffic, which count up from 0 or give all their
        /// clients the same ones, take small ones. Where the server is the same too nothing else tells clients apart.
        var isDrawn: Bool { numbers >> 32 > 0xFFFF && numbers & 0xFFFF_FFFF > 0xFFFF }
    }

    /// An attempt to connect that nobody answered, so that of the numbers the client's alone is known.
    private struct Attempt {
        /// The number, and the client's port.
        var number: UInt64 = 0
        var client: UInt64 = 0
        var address = IPAddress(v4: 0)
        var server: UInt64 = 0
        var time: Int64 = 0
        /// The other end that was told of it, and whether there are more.
        var second: UInt64 = 0
        var isShared = false
    }

    /// Empty before the first.
    private var requests: [Leg] = []
    /// Requests without a trace that came in: a proxy that adds X-Forwarded-For may pass them on. Two places next to each other
    /// are one.
    private var arrivals: [Leg] = []
    private var requestRoutes: [Route] = []
    private var connectionRoutes: [Route] = []
    private var attempts: [Attempt] = []
    /// Of what waits longer than the time-out: no facts yet.
    private var waits: [Leg] = []
    private var carriers: Set<FactID> = []
    /// Loopback servers that second legs went to: one whose first leg is given out later is known by them.
    private var servers: Set<Endpoint> = []
    /// Requests and connections that were marked.
    package private(set) var count: UInt64 = 0
    /// Requests among them of which the answer alone was captured on this leg.
    package private(set) var halfCount: UInt64 = 0

    package init() {}

    /// Marks the second legs of a batch.
    package mutating func sift(_ batch: inout FactBatch) {
        let texts = batch.texts
        var exchanges = batch.exchanges.mutableSpan
        for index in exchanges.indices where isSecond(exchanges[index], texts) {
            exchanges[index].flags.insert(.secondLeg)
            count += 1
            if exchanges[index].isHalfLeg { halfCount += 1 }
            if let carrier = exchanges[index].connection, carriers.count < Self.carrierLimit {
                carriers.insert(carrier)
            }
        }
        var facts = batch.connections.mutableSpan
        for index in facts.indices where isSecond(facts[index]) {
            facts[index].flags.insert(.secondLeg)
            count += 1
        }
    }

    private mutating func isSecond(_ exchange: borrowing Exchange, _ texts: borrowing TextTable) -> Bool {
        if exchange.initialNumbers != 0, let target = exchange.target, !exchange.isHealthCheck {
            let route = Route(
                numbers: exchange.initialNumbers, client: Self.digest(exchange.peer), server: Self.digest(target),
                time: Self.time(of: exchange))
            if Self.isSecond(route, &requestRoutes) { return true }
        }
        guard let start = exchange.start, let target = exchange.target, !exchange.isHealthCheck else { return false }
        var leg = Leg(
            key: Self.digest(clientsRequest: exchange, texts), server: Self.digest(target), start: start.nanoseconds,
            end: exchange.time.nanoseconds)
        if Self.isForwarded(exchange) {
            if isPassedOn(leg) { return true }
        } else if case .none = exchange.trace {
            noteArrival(leg, isAnswered: exchange.status != nil)
        }
        guard let key = Self.key(exchange, texts) else { return false }
        leg.key = key
        let isLocal = exchange.peer.isLoopback
        if Self.isSecond(leg, &requests) {
            if isLocal, servers.count < Self.serverLimit { servers.insert(target) }
            return true
        }
        guard isLocal, case .root = exchange.trace else { return false }
        return servers.contains(target)
    }

    /// Whether a private peer names the client in X-Forwarded-For: what is public, or speaks PROXY protocol, is where it came in.
    private static func isForwarded(_ exchange: borrowing Exchange) -> Bool {
        guard exchange.client.address != exchange.peer, exchange.peer.isPrivate, !exchange.forwardedFor.isNone else {
            return false
        }
        return exchange.flags.isDisjoint(with: .proxied)
    }

    /// What a request has in common with the one that a proxy makes of it, whatever the proxy's ends and headers.
    private static func digest(clientsRequest exchange: borrowing Exchange, _ texts: borrowing TextTable) -> UInt64 {
        let argument: UInt64 =
            switch exchange.pathArgument {
            case .none: 0
            case .number(let number): UInt64(bitPattern: number)
            case .text(let text), .whole(let text): texts.digest(text)
            }
        let path = mixed(texts.digest(exchange.pathTemplate) ^ mixed(argument ^ texts.digest(exchange.method)))
        return mixed(digest(exchange.client.address) ^ path)
    }

    private mutating func noteArrival(_ leg: Leg, isAnswered: Bool) {
        if arrivals.isEmpty { arrivals = [Leg](repeating: Leg(), count: Self.places) }
        var leg = leg
        // The proxy may go on when its client has given up.
        if !isAnswered { leg.end = .max &- Self.slack }
        let place = Int(truncatingIfNeeded: leg.key) & (Self.places &- 1)
        let other = place ^ 1
        arrivals[arrivals[place].start <= arrivals[other].start ? place : other] = leg
    }

    private func isPassedOn(_ leg: Leg) -> Bool {
        if arrivals.isEmpty { return false }
        let place = Int(truncatingIfNeeded: leg.key) & (Self.places &- 1)
        return arrivals[place].isFirst(of: leg, slack: Self.slack)
            || arrivals[place ^ 1].isFirst(of: leg, slack: Self.slack)
    }

    /// When a request came, or its answer where that alone was captured.
    private static func time(of exchange: borrowing Exchange) -> Int64 {
        if let start = exchange.start { return start.nanoseconds }
        return exchange.time.nanoseconds
    }

    /// Whether something that waits for an answer is the second leg of what began to wait before it and waits as well. To be
    /// asked once of each, in order of their ends.
    ///
    /// - Parameters:
    ///   - key: a digest of what both legs have in common.
    ///   - start, end: since when it waits, and when its time-out passes.
    package mutating func isSecond(
        _ key: UInt64, to server: Endpoint, from start: Timestamp, until end: Timestamp
    ) -> Bool {
        if waits.isEmpty { waits = [Leg](repeating: Leg(), count: Self.places) }
        let leg = Leg(key: key, server: Self.digest(server), start: start.nanoseconds, end: end.nanoseconds)
        let place = Int(truncatingIfNeeded: Self.mixed(key)) & (Self.places &- 1)
        let known = waits[place]
        if known.key == key, known.server != leg.server, leg.start &+ Self.slack >= known.start,
            leg.start <= known.end
        {
            return true
        }
        waits[place] = leg
        return false
    }

    /// What both legs of a request have in common.
    @inline(__always)
    private static func key(_ exchange: borrowing Exchange, _ texts: borrowing TextTable) -> UInt64? {
        if case .root(let high, let low) = exchange.trace { return mixed(high ^ mixed(low)) }
        let client = exchange.client
        guard client.port != 0, client.address == exchange.peer else { return nil }
        // The next leg may come in another batch, where the path has another number.
        return mixed(digest(client) ^ texts.digest(exchange.pathTemplate) ^ (exchange.bytesFromClient ?? 0))
    }

    private mutating func isSecond(_ connection: borrowing Connection) -> Bool {
        if !carriers.isEmpty, carriers.remove(connection.id) != nil { return true }
        let numbers = connection.initialNumbers
        if numbers == 0 { return false }
        let (client, server) = (Self.digest(connection.peer), Self.digest(connection.server))
        let time = connection.start.nanoseconds
        guard numbers & 0xFFFF_FFFF == 0 else {
            return Self.isSecond(Route(numbers: numbers, client: client, server: server, time: time), &connectionRoutes)
        }
        // Others may begin with the same number: bots take that of the address they try.
        return isSecond(
            Attempt(
                number: numbers | UInt64(connection.client.port), client: client, address: connection.server.address,
                server: server, time: time))
    }

    /// Whether an attempt goes to the translated end of another one: one more address, at once. Scanners begin all of their
    /// attempts with one number: another port, a later one or a third end tells them, and nothing of theirs is a second leg then.
    private mutating func isSecond(_ attempt: Attempt) -> Bool {
        if attempts.isEmpty { attempts = [Attempt](repeating: Attempt(), count: Self.places) }
        let place = Int(truncatingIfNeeded: Self.mixed(attempt.number)) & (Self.places &- 1)
        let known = attempts[place]
        guard known.number == attempt.number, known.client == attempt.client else {
            attempts[place] = attempt
            return false
        }
        if known.server == attempt.server { return false }
        let isTranslated =
            !known.isShared && known.address != attempt.address && abs(attempt.time &- known.time) <= Self.slack
            && (known.second == 0 || known.second == attempt.server)
        if isTranslated { attempts[place].second = attempt.server } else { attempts[place].isShared = true }
        return isTranslated
    }

    /// Whether a connection was seen between other ends before; else it is kept.
    private static func isSecond(_ route: Route, _ routes: inout [Route]) -> Bool {
        if routes.isEmpty { routes = [Route](repeating: Route(), count: places) }
        let place = Int(truncatingIfNeeded: mixed(route.numbers)) & (places &- 1)
        let known = routes[place]
        let isSameClient = known.client == route.client
        guard known.numbers == route.numbers, known.server != route.server || !isSameClient && route.isDrawn else {
            routes[place] = route
            return false
        }
        // Whoever makes numbers by a rule of his own may make the same ones for several clients, but not at once.
        guard isSameClient || abs(route.time &- known.time) <= slack else {
            routes[place] = route
            return false
        }
        // An answer passes the inner ends first, so that its request may be told there first.
        if route.time < known.time { routes[place] = route }
        return true
    }

    /// Whether a leg lies inside a known one to another server; else it is kept.
    @inline(__always)
    private static func isSecond(_ leg: Leg, _ legs: inout [Leg]) -> Bool {
        if legs.isEmpty { legs = [Leg](repeating: Leg(), count: places) }
        let place = Int(truncatingIfNeeded: leg.key) & (places &- 1)
        let known = legs[place]
        if known.isFirst(of: leg, slack: slack) { return true }
        legs[place] = leg
        return false
    }

    @inline(__always)
    private static func digest(_ end: Endpoint) -> UInt64 {
        mixed(end.address.high ^ mixed(end.address.low ^ UInt64(end.port) &<< 48))
    }

    @inline(__always)
    private static func digest(_ address: IPAddress) -> UInt64 { mixed(address.high ^ mixed(address.low)) }

    @inline(__always)
    private static func mixed(_ value: UInt64) -> UInt64 { value.foldedProduct(with: 0x9E37_79B9_7F4A_7C15) }
}
