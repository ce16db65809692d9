import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Testing

/// Names that connections tell beside their domain: what DNS was asked for, and whom a certificate names.
@Suite struct NameEvidenceTests {
    // MARK: - DNS

    private static func query(_ name: String) -> [UInt8] {
        let labels = name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        return [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + labels + [0, 0, 1, 0, 1]
    }

    private static func asked(_ payloads: [[UInt8]], captured: Int? = nil, port: UInt16 = 53) -> Tracked {
        var talk = Talk()
        talk.transport = .udp
        talk.server.port = port
        for (index, payload) in payloads.enumerated() {
            talk.packet(.client, "", seq: 0, payload, at: Double(index), captured: captured)
        }
        return Tracked(talk)
    }

    @Test func `the name that DNS is asked for is kept, and is no domain of the connection`() throws {
        let tracked = Self.asked([Self.query("Shop.Example.COM"), Self.query("other.example")])
        let connection = try #require(tracked.connections.first)
        #expect(tracked.connections.count == 1)
        #expect(connection.fact.service == .dns)
        #expect(connection.domain == nil)
        #expect(tracked.details[connection.fact.id] == #"{"dns_query":"shop.example.com"}"#)
    }

    @Test func `bytes in a name that are not printable are escaped twice, for DNS and for JSON`() throws {
        var bytes = Self.query("a.example")
        bytes[13] = 0x22
        let tracked = Self.asked([bytes])
        #expect(tracked.details.values.first == #"{"dns_query":"\".example"}"#)
        bytes[13] = 0x07
        #expect(Self.asked([bytes]).details.values.first == #"{"dns_query":"\\007.example"}"#)
    }

    @Test func `what is no DNS on its port is another service, counted`() {
        let tracked = Self.asked([[UInt8](repeating: 0xFF, count: 40)])
        #expect(tracked.connections.first?.fact.service == .unknown)
        #expect(tracked.counters.dnsMalformed == 1)
        #expect(tracked.details.isEmpty)
    }

    @Test func `a name that the snap length cut is left out`() {
        let tracked = Self.asked([Self.query("shop.example.com")], captured: 20)
        #expect(tracked.connections.first?.fact.service == .dns)
        #expect(tracked.details.isEmpty)
        #expect(tracked.counters.dnsMalformed == 0)
    }

    @Test func `over TCP the name is kept as well, wherever the segments end`() {
        let message = Self.query("Shop.Example.COM")
        let bytes = [0, UInt8(message.count)] + message
        for cut in 0..<bytes.count {
            var talk = Talk()
            talk.server.port = 53
            talk.handshake()
            if cut > 0 { talk.say(.client, Array(bytes[..<cut]), at: 30) }
            talk.say(.client, Array(bytes[cut...]), at: 31)
            talk.say(.server, bytes, at: 40)
            talk.say(.client, bytes, at: 50)
            let tracked = Tracked(talk)
            #expect(tracked.connections.map(\.fact.service) == [.dns], "cut \(cut)")
            #expect(tracked.details.values.map { $0 } == [#"{"dns_query":"shop.example.com"}"#], "cut \(cut)")
        }
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "PROXY TCP4 203.0.113.7 10.0.0.10 5555 53\r\n",
        "\u{0}\u{20}binary-binary-binary",
    ])
    func `what is no DNS over TCP on its port is read as on any other`(_ text: String) {
        var talk = Talk()
        talk.server.port = 53
        talk.handshake()
        talk.say(.client, text, at: 30)
        talk.say(.server, "HTTP/1.1 204 N\r\n\r\n", at: 40)
        let tracked = Tracked(talk)
        #expect(tracked.connections.map(\.fact.service) == [text.hasPrefix("\u{0}") ? .unknown : .http])
        #expect(tracked.connections.map { $0.fact.flags.contains(.proxied) } == [text.hasPrefix("PROXY")])
        #expect(tracked.details.isEmpty)
    }

    // MARK: - Certificates

    private static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        return count < 128
            ? [tag, UInt8(count)] + content : [tag, 0x82, UInt8(count >> 8), UInt8(count & 255)] + content
    }

    private static func message(_ type: UInt8, _ body: [UInt8]) -> [UInt8] {
        [type, UInt8(body.count >> 16), UInt8(body.count >> 8 & 255), UInt8(body.count & 255)] + body
    }

    private static func record(_ type: UInt8, _ body: [UInt8]) -> [UInt8] {
        [type, 3, 3, UInt8(body.count >> 8), UInt8(body.count & 255)] + body
    }

    /// A certificate message. RFC 5280, section 4.1: only what names are found by is filled in.
    private static func certificate(_ commonName: String, _ names: [String]) -> [UInt8] {
        let attribute = element(0x30, element(6, [0x55, 4, 3]) + element(0x0C, Array(commonName.utf8)))
        let alternate = element(0x30, names.flatMap { element(0x82, Array($0.utf8)) })
        let extensions = element(0x30, element(0x30, element(6, [0x55, 0x1D, 0x11]) + element(4, alternate)))
        let signed =
            element(0xA0, element(2, [2])) + element(2, [1]) + element(0x30, []) + element(0x30, []) + element(0x30, [])
            + element(0x30, element(0x31, attribute)) + element(0x30, [UInt8](repeating: 0, count: 300))
            + element(0xA3, extensions)
        let whole = element(0x30, element(0x30, signed) + element(0x30, []) + element(3, [0]))
        let entry = [0, UInt8(whole.count >> 8), UInt8(whole.count & 255)] + whole
        return message(11, [0, UInt8(entry.count >> 8), UInt8(entry.count & 255)] + entry)
    }

    private static let random = [UInt8](repeating: 7, count: 32)
    private static let clientHello = record(22, message(1, [3, 3] + random + [0, 0, 2, 0xC0, 0x2F, 1, 0]))
    private static let serverHello = message(2, [3, 3] + random + [0, 0xC0, 0x2F, 0])
    private static let done = message(14, [])
    /// Key exchange, change of cipher, finished.
    private static let clientEnd =
        record(22, message(16, [1, 2, 3])) + record(20, [1]) + record(22, [UInt8](repeating: 9, count: 40))
    private static let serverEnd = record(20, [1]) + record(22, [UInt8](repeating: 9, count: 40))

    /// A TLS 1.2 handshake whose server's flight is sent in pieces of at most `size` bytes.
    private static func handshake(_ flight: [UInt8], pieces size: Int) -> Tracked {
        var talk = Talk()
        talk.server.port = 443
        talk.handshake()
        talk.say(.client, clientHello, at: 30)
        for start in stride(from: 0, to: flight.count, by: size) {
            talk.say(.server, Array(flight[start..<min(flight.count, start + size)]), at: 40 + Double(start) / 1000)
        }
        talk.say(.client, clientEnd, at: 50)
        talk.say(.server, serverEnd, at: 60)
        return Tracked(talk)
    }

    /// All messages in one record, one record each, and records that split messages.
    private static let flights: [[UInt8]] = {
        let names = certificate("shop.example", ["shop.example", "www.shop.example", "*.cdn.example"])
        let messages = [serverHello, names, done]
        let together = Array(messages.joined())
        let split = stride(from: 0, to: together.count, by: 100).flatMap { start in
            record(22, Array(together[start..<min(together.count, start + 100)]))
        }
        return [record(22, together), messages.flatMap { record(22, $0) }, split]
    }()

    @Test(arguments: 0..<3, [1, 7, 64, 500, 4096])
    func `the names of a certificate are told however its records and segments are cut`(flight: Int, size: Int) throws {
        let tracked = Self.handshake(Self.flights[flight], pieces: size)
        let connection = try #require(tracked.connections.first)
        #expect(
            tracked.details[connection.fact.id]
                == #"{"certificate_names":"shop.example,www.shop.example,*.cdn.example"}"#)
        #expect(connection.fact.tlsVersion == .tls12)
        // From the client's hello to the server's end: RFC 5246, section 7.3.
        #expect(connection.fact.tlsHandshake == 30_000_000)
        #expect(tracked.counters.tlsMalformed == 0)
    }

    @Test func `a session that is taken up again shows no certificate, and its handshake is timed all the same`() throws
    {
        let flight = Self.record(22, Self.serverHello) + Self.serverEnd
        var talk = Talk()
        talk.handshake()
        talk.say(.client, Self.clientHello, at: 30)
        talk.say(.server, flight, at: 40)
        talk.say(.client, Self.serverEnd, at: 55)
        let tracked = Tracked(talk)
        #expect(tracked.details.isEmpty)
        #expect(tracked.connections.first?.fact.tlsHandshake == 25_000_000)
    }

    @Test func `a warning before the server's hello hides neither its version nor its certificate`() throws {
        let flight = Self.record(21, [1, 112]) + Self.flights[1]
        let tracked = Self.handshake(flight, pieces: 1400)
        #expect(tracked.connections.first?.fact.tlsVersion == .tls12)
        #expect(tracked.details.values.first?.contains("www.shop.example") == true)
        #expect(tracked.connections.first?.fact.tlsHandshake == 30_000_000)
    }

    @Test func `a certificate of hundreds of names keeps sixteen`() throws {
        let names = (0..<300).map { "host\($0).example" }
        let flight = Self.record(22, Self.serverHello) + Self.record(22, Self.certificate("cn.example", names))
        let details = try #require(Self.handshake(flight, pieces: 1400).details.values.first)
        #expect(details.split(separator: ",").count == 16)
        #expect(details.hasPrefix(#"{"certificate_names":"cn.example,host0.example,host1.example"#))
    }
}

/// The same names as tshark tells them.
@Suite(.enabled(if: Evidence.isThere, "LBFORENSICS_TESTDATA names no folder of captures"))
struct NameTruthTests {
    static let hasTShark = !Evidence.output("tshark", ["--version"]).isEmpty

    private static func fields(_ file: String, _ filter: String, _ names: [String]) -> [[String]] {
        let options = ["-r", (Evidence.root ?? "") + "/" + file, "-Y", filter, "-T", "fields", "-E", "occurrence=f"]
        let text = String(
            decoding: Evidence.output("tshark", options + names.flatMap { ["-e", $0] }), as: UTF8.self)
        return text.split(separator: "\n").map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }

    private static func value(_ details: String, _ key: String) -> String? {
        let prefix = "{\"\(key)\":\""
        return details.hasPrefix(prefix) ? String(details.dropFirst(prefix.count).dropLast(2)) : nil
    }

    /// Captures of which tracking reads nothing, for a reason that `WiresharkTruthTests` gives as well.
    private static let undecoded = [
        "LINKTYPE_PKTAP.pcap", "arcnet-rfc1201-arp-icmp-http.pcap", "wlanmon.pcap", "gtp-iphone.pcap",
        "netlink-conntrack.pcap", "netlink.pcap", "nflog.pcap",
    ]

    @Test(.enabled(if: NameTruthTests.hasTShark, "tshark is not installed"))
    func `names asked for are tshark's`() {
        var compared = 0
        for row in Evidence.table("pcap_truth.tsv") where row["rc"] == "0" && (Int(row["dns_queries"] ?? "") ?? 0) > 0 {
            guard let file = row["file"] else { continue }
            var first: [String: String] = [:]
            var all: Set<String> = []
            let filter =
                "dns.flags.response == 0 and (udp.dstport == 53 or tcp.dstport == 53) and not icmp and not icmpv6"
            for line in Self.fields(file, filter, ["udp.stream", "tcp.stream", "dns.qry.name"]) where line.count == 3 {
                let name = line[2] == "<Root>" ? "." : line[2].lowercased()
                let stream = line[0] + "/" + line[1]
                if first[stream] == nil { first[stream] = name }
                all.insert(name)
            }
            let tracked = Tracked(Evidence.packets(Evidence.read(file)))
            let found = Set(tracked.details.values.compactMap { Self.value($0, "dns_query") })
            let isRead = !Self.undecoded.contains { file.hasSuffix("/" + $0) }
            // A flow that is silent for long is two connections here, each with its first name.
            #expect(found.isSuperset(of: isRead ? Set(first.values).subtracting([""]) : []), "\(file)")
            #expect(found.isSubset(of: isRead ? all : []), "\(file)")
            compared += found.count
        }
        #expect(compared > 50)
    }

    @Test(.enabled(if: NameTruthTests.hasTShark, "tshark is not installed"))
    func `names of certificates are tshark's`() {
        var compared = 0
        for row in Evidence.table("pcap_truth.tsv") where row["rc"] == "0" && (Int(row["tls_sni"] ?? "") ?? 0) > 0 {
            guard let file = row["file"] else { continue }
            var first: [String: String] = [:]
            for line in Self.fields(file, "tls.handshake.type == 11", ["tcp.stream", "x509ce.dNSName"])
            where line.count == 2 && !line[1].isEmpty && first[line[0]] == nil {
                first[line[0]] = line[1]
            }
            let tracked = Tracked(Evidence.packets(Evidence.read(file)))
            let found = tracked.details.values.compactMap { Self.value($0, "certificate_names") }
            // Certificates without alternative names, and those behind STARTTLS, tshark does not tell by this field.
            #expect(found.count >= first.count, "\(file): \(found) \(first)")
            for name in Set(first.values) {
                let told = found.count { $0.split(separator: ",").contains(Substring(name)) }
                #expect(told == first.values.count { $0 == name }, "\(file): \(name)")
            }
            compared += first.count
        }
        #expect(compared > 10)
    }
}
