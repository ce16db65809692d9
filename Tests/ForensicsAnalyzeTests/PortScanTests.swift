import ForensicsAnalyze
import ForensicsModel
import Testing

/// What is a scan of ports, and what is a service that fails.
@Suite struct PortScanTests {
    private static let scanner = IPAddress(v4: 0xCB00_7109)
    private static let server = IPAddress(v4: 0x0A00_0010)
    private static let loadBalancer = IPAddress(v4: 0x0A00_0105)

    /// Attempts in vain: at each of some ports, of each of some servers.
    private static func attempts(
        _ fixture: inout CheckFixture, of client: IPAddress, ports: Range<UInt16>, servers: UInt32 = 1, each: Int = 1,
        _ kind: EvidenceKind = .vpcFlow, at start: Double = 0
    ) {
        for server in 0..<servers {
            for port in ports {
                for attempt in 0..<each {
                    let time = start + Double(port - ports.lowerBound) * 0.01 + Double(attempt)
                    fixture.connection(at: time, lasting: 0, kind) {
                        $0.client = Endpoint(client, 50_000)
                        $0.peer = client
                        $0.server = Endpoint(IPAddress(v4: 0x0A00_0010 + server), port)
                        $0.packetsFromServer = nil
                        $0.bytesFromClient = 0
                        $0.bytesFromServer = nil
                        $0.state = kind.isCapture ? .s0 : .rej
                        $0.flags = kind.isCapture ? [.startSeen, .synTimeout] : [.rejected]
                    }
                }
            }
        }
    }

    /// Whether what was tried is told as a scan, and of whom.
    private static func told(_ build: (inout CheckFixture) -> Void) -> [String] {
        let found = CheckFixture.told(build)
        return Set(found.map { $0.hasPrefix("port-scan") ? $0 : String($0.prefix { $0 != " " }) }).sorted()
    }

    @Test(arguments: [EvidenceKind.pcap, .vpcFlow])
    func `a client that tries twenty ports in vain scans them, and the server is not blamed`(kind: EvidenceKind) {
        let found = CheckFixture.told { Self.attempts(&$0, of: Self.scanner, ports: 100..<120, kind) }
        #expect(found == ["port-scan client 203.0.113.9 20"])
        let fewer = CheckFixture.told { Self.attempts(&$0, of: Self.scanner, ports: 100..<119, kind) }
        #expect(fewer.count == 19)
        #expect(fewer.allSatisfy { $0.hasPrefix(kind == .pcap ? "syn-timeout" : "connection-refused") })
    }

    @Test func `a scan of all ports takes no room from others`() {
        let found = CheckFixture.told {
            Self.attempts(&$0, of: Self.scanner, ports: 1..<40_001)
            // Ten a second later, of a service that fails.
            Self.attempts(&$0, of: Self.loadBalancer, ports: 9000..<9001, servers: 40, each: 12, at: 500)
        }
        // The first server's end was tried by both, and stays by itself.
        let failing = found.filter { $0.hasPrefix("connection-refused") }
        #expect(failing.count == 40)
        #expect(failing.contains("connection-refused network 10.0.0.16:9000 12"))
        #expect(found.filter { $0.hasPrefix("port-scan") } == ["port-scan client 203.0.113.9 40000"])
        #expect(!found.contains { $0.contains("(other)") })
    }

    @Test func `the sentence tells how many ports of how many servers`() {
        var fixture = CheckFixture()
        Self.attempts(&fixture, of: Self.scanner, ports: 100..<130)
        #expect(
            fixture.findings.map(\.summary) == [
                "203.0.113.9 tried 30 ports of one server in vain: 30 attempts within 290 ms."
            ])
        var sweep = CheckFixture()
        Self.attempts(&sweep, of: Self.scanner, ports: 23..<24, servers: 25, each: 2)
        #expect(
            sweep.findings.map(\.summary) == [
                "203.0.113.9 tried 1 port of 25 servers in vain: 50 attempts within 1 s."
            ])
    }

    @Test(arguments: [false, true])
    func `a port that refuses some connections and takes others is not told to have nobody who listens`(answers: Bool) {
        var fixture = CheckFixture()
        for index in 0..<30 {
            let isRefused = !answers || index % 2 == 0
            fixture.connection(at: Double(index), lasting: 1, .vpcFlow) {
                $0.client = Endpoint(Self.loadBalancer, 50_000 + UInt16(index))
                $0.peer = Self.loadBalancer
                $0.server = Endpoint(Self.server, 8080)
                $0.packetsFromServer = isRefused ? 1 : 10
                $0.state = isRefused ? .rej : .none
                $0.flags = [.startSeen]
            }
        }
        #expect(
            fixture.findings.filter { $0.check == "connection-refused" }.map(\.summary) == [
                answers
                    ? "10.0.0.16:8080 refused 15 connection attempts with RST within 28 s, and answered others: "
                        + "it was down for a while, or takes only some."
                    : "10.0.0.16:8080 refused 30 connection attempts with RST within 29 s: nothing listens there."
            ])
    }

    @Test func `many clients that try a port or two of one server each are one finding of the server`() {
        var fixture = CheckFixture()
        for index in 0..<60 {
            let client = IPAddress(v4: 0xCB00_7100 + UInt32(index))
            // Some ports twice; far apart, as what scans the Internet comes.
            let port = UInt16(1000 + index % 40)
            Self.attempts(&fixture, of: client, ports: port..<port + 1, at: Double(index) * 600)
        }
        let found = fixture.findings
        #expect(found.map(\.check) == ["port-scan"])
        #expect(found.first?.subject == "10.0.0.16")
        #expect(found.first?.count == 60)
        #expect(
            found.first?.summary
                == "At least 40 addresses tried 40 ports of 10.0.0.16 in vain: 60 attempts within 9 h 50 min.")
    }

    @Test func `an end that many attempts meet, or that answered anybody, is told by itself`() {
        let found = CheckFixture.told {
            Self.attempts(&$0, of: Self.scanner, ports: 100..<140)
            Self.attempts(&$0, of: Self.loadBalancer, ports: 9000..<9001, each: 11)
            Self.attempts(&$0, of: Self.scanner, ports: 8443..<8444)
            // The target's own port, which served before.
            $0.connection(at: -50, lasting: 1, .vpcFlow)
        }
        #expect(
            found.sorted() == [
                "connection-refused network 10.0.0.16:8443 1", "connection-refused network 10.0.0.16:9000 11",
                "port-scan client 203.0.113.9 40",
            ])
    }

    /// How many attempts each of forty clients makes at each of twenty ports, far apart, and whether that is a scan.
    @Test(arguments: [(1, true), (2, false)])
    func `strangers who come to one port one after the other do not make it a service that fails`(
        each: Int, isScan: Bool
    ) {
        let found = CheckFixture.told {
            Self.attempts(&$0, of: Self.scanner, ports: 1000..<1010)
            for port in UInt16(0)..<20 {
                for index in UInt32(0)..<40 {
                    Self.attempts(
                        &$0, of: IPAddress(v4: 0xC633_6400 + index), ports: 2000 + port..<2001 + port, each: each,
                        at: Double(index) * 120)
                }
            }
        }
        let refused = found.filter { $0.hasPrefix("connection-refused") }
        #expect(refused.count == (isScan ? 0 : 30), "\(found)")
        #expect(found.contains("port-scan client 10.0.0.16 810") == isScan, "\(found)")
    }

    @Test func `a crowd that comes to one port at once makes it a service that fails`() {
        let found = CheckFixture.told {
            for port in UInt16(0)..<20 {
                for index in UInt32(0)..<40 {
                    Self.attempts(
                        &$0, of: IPAddress(v4: 0xC633_6400 + index), ports: 2000 + port..<2001 + port,
                        at: Double(index) * (port == 7 ? 20 : 120))
                }
            }
        }
        // Of the others nineteen are left.
        #expect(found.contains("connection-refused network 10.0.0.16:2007 40"), "\(found)")
    }

    @Test func `that an end answered counts whenever it did`() {
        let found = CheckFixture.told {
            for port in UInt16(100)..<120 {
                $0.connection(at: 500, lasting: 1, .vpcFlow) { $0.server = Endpoint(Self.server, port) }
            }
            Self.attempts(&$0, of: Self.scanner, ports: 100..<120)
        }
        #expect(found.count == 20)
        #expect(found.allSatisfy { $0.hasPrefix("connection-refused") })
    }

    @Test func `a load balancer whose targets are gone does not scan`() {
        // Many targets at one port; many ports that hosts of containers gave out.
        let down = Self.told {
            Self.attempts(&$0, of: Self.loadBalancer, ports: 8443..<8444, servers: 30, each: 2, .pcap)
        }
        #expect(down == ["syn-timeout"])
        let host = Self.told { Self.attempts(&$0, of: Self.loadBalancer, ports: 32_768..<32_800, .pcap) }
        #expect(host == ["syn-timeout"])
        // What a scanner in one's own network tries is below.
        let inside = Self.told { Self.attempts(&$0, of: Self.loadBalancer, ports: 100..<130, .pcap) }
        #expect(inside == ["port-scan client 10.0.1.5 30"])
        let high = Self.told {
            Self.attempts(&$0, of: Self.loadBalancer, ports: 100..<130, .pcap)
            Self.attempts(&$0, of: Self.loadBalancer, ports: 40_000..<40_050, .pcap)
        }
        #expect(high == ["port-scan client 10.0.1.5 80"])
    }

    @Test func `scans take no room from others, and what they are does not depend on the order`() {
        func summaries(_ reversed: Bool) -> [String] {
            var fixture = CheckFixture()
            let clients = (0..<3).map { IPAddress(v4: 0xCB00_7100 + UInt32($0)) }
            for client in reversed ? clients.reversed() : clients {
                Self.attempts(&fixture, of: client, ports: 1000..<1040)
                Self.attempts(
                    &fixture, of: client,
                    ports: 2000 + UInt16(client.low & 3) * 100..<2090 + UInt16(client.low & 3) * 100)
            }
            return fixture.findings.map(\.summary).sorted()
        }
        let told = summaries(false)
        #expect(told == summaries(true))
        #expect(told.count == 4)
        #expect(told.contains { $0.hasPrefix("At least 2 addresses tried 40 ports of 10.0.0.16") })
    }
}
