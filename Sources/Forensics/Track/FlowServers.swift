package import ForensicsModel

/// Which ends of flows are servers, told by how many others each talks to: where a log tells neither SYN nor direction.
///
/// A client's port talks to one server, a server's port to many ports of clients. Every row marks, for either end, which of 64
/// groups of peers the other belongs to; marks of different ends may share a place, and the smaller of two places
/// counts. Of fixed size, and the same whatever the order of the rows: marks are only ever set.
package struct FlowServers: Sendable {
    private static let places = 1 << 20
    /// Ports below are for servers; no client is given one unasked (RFC 6335, section 6).
    private static let systemPorts: UInt16 = 1024

    /// Marks in two places per end; empty before the first row.
    private var first: [UInt64] = []
    private var second: [UInt64] = []

    package init() {}

    /// Marks the ends of what was accepted and whose ports do not tell: refused attempts tell more of scanners than of
    /// servers.
    package mutating func observe(_ batch: borrowing FlowIntervals) {
        let rows = batch.rows.span
        for index in rows.indices where !rows[index].isReject {
            guard Self.serverByPort(rows[index].source, rows[index].destination) == nil else { continue }
            let source = Self.hash(rows[index].source, rows[index].ipProtocol)
            let destination = Self.hash(rows[index].destination, rows[index].ipProtocol)
            mark(source, peer: destination)
            mark(destination, peer: source)
        }
    }

    /// Adds the marks of rows that another thread looked at.
    package mutating func formUnion(_ other: borrowing FlowServers) {
        if other.first.isEmpty { return }
        makeRoom()
        Self.add(other.first, to: &first)
        Self.add(other.second, to: &second)
    }

    private static func add(_ marks: [UInt64], to all: inout [UInt64]) {
        var all = all.mutableSpan
        let marks = marks.span
        for place in marks.indices { all[place] |= marks[place] }
    }

    /// Which of two ends is the server (0 or 1), or `nil` where neither ports nor peers tell.
    func server(_ left: Endpoint, _ right: Endpoint, ipProtocol: UInt8) -> Int? {
        if let server = Self.serverByPort(left, right) { return server }
        let (a, b) = (peers(Self.hash(left, ipProtocol)), peers(Self.hash(right, ipProtocol)))
        // A port that is used again, or shares its places, has a few peers as well.
        if a >= 2 * b + 2 { return 0 }
        return b >= 2 * a + 2 ? 1 : nil
    }

    /// Which end is the server where just one of them has a port of servers.
    private static func serverByPort(_ left: Endpoint, _ right: Endpoint) -> Int? {
        switch (left.port < systemPorts, right.port < systemPorts) {
        case (true, false): 0
        case (false, true): 1
        default: nil
        }
    }

    private mutating func mark(_ end: UInt64, peer: UInt64) {
        makeRoom()
        let bit: UInt64 = 1 &<< (peer &>> 58)
        first[Self.place(end)] |= bit
        second[Self.place(end &>> 24)] |= bit
    }

    @inline(__always)
    private mutating func makeRoom() {
        if !first.isEmpty { return }
        first = [UInt64](repeating: 0, count: Self.places)
        second = [UInt64](repeating: 0, count: Self.places)
    }

    /// Groups of peers that an end talks to, at most 64.
    private func peers(_ end: UInt64) -> Int {
        if first.isEmpty { return 0 }
        return min(first[Self.place(end)].nonzeroBitCount, second[Self.place(end &>> 24)].nonzeroBitCount)
    }

    @inline(__always)
    private static func place(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash & UInt64(places - 1)) }

    /// The same in every run: the finalizer of SplitMix64 over each part.
    private static func hash(_ end: Endpoint, _ ipProtocol: UInt8) -> UInt64 {
        var value = mixed(end.address.high &+ 0x9E37_79B9_7F4A_7C15)
        value = mixed(value ^ end.address.low)
        return mixed(value ^ (UInt64(end.port) &<< 8 | UInt64(ipProtocol)))
    }

    @inline(__always)
    private static func mixed(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z &>> 31)
    }
}
