/// A client address, as the logs print it and, where it is IPv4, as a packet carries it.
struct Client {
    var text: String
    /// The address in host order; nil for IPv6.
    var ipv4: UInt32?

    /// Creates an IPv4 client.
    init(_ a: Int, _ b: Int, _ c: Int, _ d: Int) {
        text = "\(a).\(b).\(c).\(d)"
        ipv4 = UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d)
    }

    /// Creates an IPv6 client.
    init(ipv6 text: String) {
        self.text = text
        ipv4 = nil
    }
}

/// The ordinary clients: few that are seen often, many that are seen rarely.
///
/// Weights fall as 1/(rank + 9). The addresses are those set aside for documentation and benchmarks
/// (RFC 5737, RFC 2544, RFC 3849).
struct ClientPopulation {
    private(set) var clients: [Client] = []
    private(set) var ipv6: [Client] = []
    private var cumulative: [Int] = []

    /// Creates `count` IPv4 clients and a tenth of that with IPv6, none of them in `reserved`.
    init(count: Int, reserved: Set<String>) {
        var candidate = 0
        while clients.count < count {
            let client = Self.candidate(candidate)
            candidate += 1
            if !reserved.contains(client.text) { clients.append(client) }
        }
        for index in 0..<(count / 10) {
            let site = String(0x10 + index / 8, radix: 16)
            ipv6.append(Client(ipv6: "2001:db8:\(site):\(index % 8)::\(String(0x1f3 + index * 7, radix: 16))"))
        }
        var sum = 0
        for rank in clients.indices {
            sum += 1_000_000_000 / (rank + 9)
            cumulative.append(sum)
        }
    }

    /// The busiest two dozen sit in the small documentation nets, the others are spread over 198.18.0.0/15.
    private static func candidate(_ index: Int) -> Client {
        if index < 12 { return Client(198, 51, 100, 140 + index) }
        if index < 24 { return Client(203, 0, 113, 150 + index) }
        let host = (index * 40_503 + 977) % 131_072
        return Client(198, 18 + host / 65_536, host / 256 % 256, host % 256)
    }

    /// Returns an IPv4 client by weight.
    func draw(_ random: inout SeededGenerator) -> Client {
        let wanted = random.below(cumulative[cumulative.count - 1])
        var low = 0
        var high = cumulative.count - 1
        while low < high {
            let middle = (low + high) / 2
            if cumulative[middle] > wanted { high = middle } else { low = middle + 1 }
        }
        return clients[low]
    }

    /// Returns one of the `first` busiest clients, each as likely as the other.
    func drawEvenly(first: Int, _ random: inout SeededGenerator) -> Client {
        clients[random.below(min(first, clients.count))]
    }
}
