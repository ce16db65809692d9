import ForensicsAnalyze
import ForensicsModel
import Testing

@Suite struct ConnectionCheckTests {
    private static let target = "10.0.0.16:8443"
    private static let client = "198.51.100.1"

    private static func told(_ build: (inout CheckFixture) -> Void) -> [String] { CheckFixture.told(build) }

    @Test func `an ordinary connection is no finding`() {
        #expect(Self.told { $0.connection() }.isEmpty)
        #expect(Self.told { $0.connection(lasting: 100, .nlb) }.isEmpty)
    }

    @Test func `a SYN without an answer blames the target only after the time-out`() {
        let unanswered = Self.told {
            $0.connection {
                $0.state = .s0; $0.flags = [.startSeen, .synTimeout]; $0.bytesFromClient = 0
            }
        }
        #expect(unanswered == ["syn-timeout target \(Self.target) 1"])
        #expect(
            Self.told {
                $0.connection {
                    $0.state = .s0; $0.flags = [.startSeen]
                }
            }.isEmpty)
    }

    @Test func `RST to a SYN blames the target and REJECT the network`() {
        #expect(
            Self.told {
                $0.connection {
                    $0.state = .rej; $0.resetBy = .server
                }
            }
                == ["connection-refused target \(Self.target) 1"])
        #expect(
            Self.told {
                $0.connection(at: 0, lasting: 1, .vpcFlow) {
                    $0.state = .rej; $0.flags.insert(.rejected)
                }
            }
                == ["connection-refused network \(Self.target) 1"])
    }

    @Test func `what comes after the end of a connection and is rejected is no attempt`() {
        #expect(
            Self.told {
                $0.connection(at: 0, lasting: 0, .vpcFlow) {
                    $0.state = .rej
                    $0.resetBy = .client
                    $0.flags = [.rejected, .rejectedWithoutSYN]
                }
            }.isEmpty)
    }

    @Test func `a reset in a flow log is not said to come before or after an answer`() {
        var fixture = CheckFixture()
        fixture.connection(at: 0, lasting: 1, .vpcFlow) { $0.resetBy = .server }
        #expect(fixture.findings.map(\.summary) == ["Target \(Self.target) reset 1 connection."])
    }

    @Test(arguments: [
        (ConnectionFlags.unreachable, "network"), (ConnectionFlags([.unreachable, .refusedByServer]), "target"),
    ])
    func `an ICMP error instead of an answer blames who sent it`(_ flags: ConnectionFlags, _ blame: String) {
        let found = Self.told {
            $0.connection {
                $0.state = .s0; $0.flags = flags
            }
        }
        #expect(found == ["connection-refused \(blame) \(Self.target) 1"])
    }

    @Test(arguments: [(1_000_000_000, 0), (1_000_000_001, 1)])
    func `a handshake is slow past one second`(nanoseconds: Int64, count: Int) {
        #expect(Self.told { $0.connection { $0.handshake = nanoseconds } }.count == count)
        let tls = Self.told { $0.connection { $0.tlsHandshake = nanoseconds } }
        #expect(tls.count == count)
        #expect(tls.allSatisfy { $0 == "slow-handshake unknown \(Self.client) 1" })
    }

    @Test(
        arguments: [
            ([], nil, "unknown \(client)", "took 1.2 s"),
            (.synAnswerMissed, nil, "network \(client)", "sent its SYN again although it had been answered"),
            (.synAnsweredLate, nil, "target \(target)", "the answer to the SYN came late"),
            ([.synAnsweredLate, .synRepeated], nil, "unknown \(target)", "not answered before it was sent again"),
            ([], 2_000_000_000, "unknown \(client)", "TCP and TLS handshake with"),
        ] as [(ConnectionFlags, Int64?, String, String)])
    func `a slow handshake blames whom its packets show`(
        _ flags: ConnectionFlags, _ tls: Int64?, _ blamed: String, _ words: String
    ) {
        var fixture = CheckFixture()
        fixture.connection {
            $0.handshake = 1_200_000_000
            $0.tlsHandshake = tls
            $0.flags.formUnion(flags)
        }
        let found = fixture.findings
        #expect(found.map { "\($0.blame.name ?? "-") \($0.subject)" } == [blamed])
        #expect(found[0].summary.contains(words), "\(found[0].summary)")
    }

    @Test func `a late answer to the SYN is the server's, a slow TLS handshake after it is told apart`() {
        let told = Self.told {
            $0.connection {
                $0.handshake = 1_200_000_000
                $0.tlsHandshake = 3_000_000_000
                $0.flags.insert(.synAnsweredLate)
            }
        }
        #expect(
            Set(told) == ["slow-handshake target \(Self.target) 1", "slow-handshake unknown \(Self.client) 1"])
    }

    @Test(arguments: [(300.0, 0), (300.001, 1)])
    func `a connection is long past five minutes and not before`(seconds: Double, count: Int) {
        let found = Self.told { $0.connection(at: 400, lasting: seconds, .nlb) { _ in } }
            .filter { $0.hasPrefix("long-connection") }
        #expect(found == Array(repeating: "long-connection client \(Self.client) 1", count: count))
    }

    @Test func `a pooled connection and a health check hold nobody's connection`() {
        #expect(Self.told { $0.connection(lasting: 900) { $0.role = .backend } }.isEmpty)
        #expect(Self.told { $0.connection(lasting: 900) { $0.flags.insert(.healthCheck) } }.isEmpty)
        #expect(
            Self.told { $0.connection(lasting: 900, .vpcFlow) { $0.flags.insert(.rejected) } }.allSatisfy {
                $0.hasPrefix("connection-refused")
            })
    }

    @Test func `who resets is blamed, a reset after an orderly close is nobody's fault`() {
        #expect(
            Self.told {
                $0.connection {
                    $0.state = .rsto; $0.resetBy = .client
                }
            }
                == ["reset-by-client client \(Self.client) 1"])
        #expect(
            Self.told {
                $0.connection {
                    $0.state = .rstr; $0.resetBy = .server
                }
            }
                == ["reset-by-target target \(Self.target) 1"])
        #expect(
            Self.told {
                $0.connection {
                    $0.state = .rsto; $0.resetBy = .client; $0.role = .backend; $0.peer = IPAddress(v4: 0x0A00_0909)
                }
            } == ["reset-by-client load-balancer 10.0.9.9 1"])
        #expect(
            Self.told {
                $0.connection {
                    $0.state = .sf; $0.resetBy = .client
                }
            }.isEmpty)
        #expect(
            Self.told {
                $0.connection {
                    $0.state = .sf; $0.resetBy = .server
                }
            }.isEmpty)
    }

    @Test(arguments: [
        ([true], "; the same segment was sent again and again and not acknowledged."),
        ([true, false], "; on some the same segment was sent again and again and not acknowledged."),
        ([false], " segments."),
    ])
    func `segments that do not arrive are told, however few they are`(_ stuck: [Bool], _ words: String) {
        var fixture = CheckFixture()
        for isStuck in stuck {
            fixture.connection {
                $0.retransmissions = isStuck ? 5 : 20
                $0.packetsFromServer = isStuck ? 1000 : 40
                if isStuck { $0.flags.insert(.undelivered) }
            }
        }
        let found = fixture.findings
        #expect(found.map(\.count) == [UInt64(stuck.count)])
        #expect(found.allSatisfy { $0.check == "retransmission-burst" && $0.blame == .network })
        #expect(found.allSatisfy { $0.summary.hasSuffix(words) }, "\(found.map(\.summary))")
    }

    @Test(arguments: [
        (
            [ConnectionFlags.undeliveredLarge],
            "and not acknowledged, always one of 1,200 bytes or more: where smaller ones arrive, a link on the way is too narrow for it (MTU)."
        ),
        (
            [ConnectionFlags.undeliveredLarge, ConnectionFlags()],
            "; the same segment was sent again and again and not acknowledged."
        ),
    ])
    func `that large segments alone do not arrive is told`(_ flags: [ConnectionFlags], _ words: String) {
        var fixture = CheckFixture()
        for flag in flags {
            fixture.connection {
                $0.retransmissions = 5
                $0.packetsFromServer = 1000
                $0.flags.insert([.undelivered, flag])
            }
        }
        let found = fixture.findings.filter { $0.check == "retransmission-burst" }
        #expect(found.map(\.count) == [UInt64(flags.count)])
        #expect(found.allSatisfy { $0.summary.hasSuffix(words) }, "\(found.map(\.summary))")
    }

    @Test(arguments: [(9, 20, 0), (10, 200, 1), (10, 201, 0), (200, 4000, 1)])
    func `retransmissions are a burst from ten and five per hundred`(count: UInt32, packets: UInt64, found: Int) {
        let told = Self.told {
            $0.connection {
                $0.retransmissions = count; $0.packetsFromClient = packets; $0.packetsFromServer = 0
            }
        }
        #expect(told == Array(repeating: "retransmission-burst network \(Self.client) 1", count: found))
    }

    @Test(arguments: [
        (65_536, 10.0, 1, 1), (65_535, 10.0, 1, 0), (65_536, 9.0, 1, 0), (65_536, 10.0, 0, 0),
        (16_384 * 20, 20.0, 1, 0), (16_384 * 20 - 20, 20.0, 1, 1),
    ])
    func `a connection crawls below 16 KiB a second and under loss`(
        bytes: UInt64, seconds: Double, lost: UInt32, found: Int
    ) {
        let told = Self.told {
            $0.connection(at: 100, lasting: seconds) {
                $0.bytesFromClient = 0
                $0.bytesFromServer = bytes
                $0.packetsFromServer = 80
                $0.retransmissions = lost
            }
        }
        #expect(told == Array(repeating: "slow-connection network \(Self.client) 1", count: found))
    }

    @Test func `a target that calls itself is a hairpin and loopback is not`() {
        let own = IPAddress(v4: 0x0A00_0010)
        #expect(
            Self.told {
                $0.connection {
                    $0.client = Endpoint(own, 5); $0.state = .s0
                }
            }
                == ["hairpin target \(Self.target) 1"])
        let loopback = IPAddress(v4: 0x7F00_0001)
        #expect(
            Self.told {
                $0.connection {
                    $0.client = Endpoint(loopback, 5); $0.server = Endpoint(loopback, 80)
                }
            }.isEmpty)
    }

    @Test func `a failed TLS handshake names the client`() {
        #expect(
            Self.told { $0.connection(at: 0, lasting: 1, .albConnection) { $0.flags.insert(.tlsFailed) } }
                == ["tls-failure client \(Self.client) 1"])
    }

    /// Who sent the alert, level and description, the role of the connection, the blamed side. RFC 8446, section 6.2.
    private static let alerts: [(Direction, Int64, ConnectionRole, String)] = [
        (.originator, 0x230, .client, "target"), (.originator, 0x22D, .client, "target"),
        (.originator, 0x12A, .backend, "target"), (.originator, 0x246, .client, "client"),
        (.responder, 0x228, .client, "client"), (.responder, 0x230, .client, "client"),
        (.responder, 0x228, .backend, "target"), (.responder, 0, .client, "unknown"),
        (.responder, 0, .backend, "target"),
    ]

    @Test(arguments: alerts)
    func `a failed TLS handshake blames whose certificate was refused, and who ended it without a word`(
        _ direction: Direction, _ value: Int64, _ role: ConnectionRole, _ blame: String
    ) {
        // Whose certificate was refused, by RFC 8446 alerts 42 and up; of all else the client.
        let isServers = direction == .originator && value != 0x246
        let subject = isServers ? Self.target : Self.client
        #expect(
            Self.told {
                $0.event(.sslFailure, at: 0, value: value, direction: direction, connection: 2)
                $0.connection {
                    $0.flags.insert(.tlsFailed); $0.role = role
                }
            } == ["tls-failure \(blame) \(subject) 1"])
    }

    @Test func `of handshakes that fail beyond those that are followed nobody is blamed, and they are counted`() throws
    {
        var fixture = CheckFixture()
        // Connections that are open all at once, the certificate of whose client is refused (bad_certificate, 42): so many are
        // followed, and five more.
        let (followed, more) = (16_384, 5)
        let count = UInt32(followed + more)
        for number in 1...count {
            fixture.event(
                .sslFailure, at: Double(number) / 1000, value: 0x22A, direction: .responder, connection: number)
        }
        for number in 1...count {
            fixture.connection(at: 100 + Double(number) / 1000, lasting: 1) {
                $0.id = FactID(source: 1, record: number)
                $0.flags.insert(.tlsFailed)
            }
        }
        var checks = CheckSet()
        checks.observe(fixture.batch)
        #expect(checks.refusedSightings == UInt64(more))
        let findings = checks.finish(end: Timestamp(nanoseconds: .max)).filter { $0.check == "tls-failure" }
        #expect(findings.filter { $0.blame == .client }.reduce(0) { $0 + $1.count } == UInt64(followed))
        let lost = try #require(findings.first { $0.blame == .unknown })
        #expect(lost.count == UInt64(more) && lost.summary.contains("who ended them is not known"), "\(lost.summary)")
    }

    @Test func `one bad certificate is one finding, however many clients meet it`() throws {
        var fixture = CheckFixture()
        let (name, reason) = (fixture.text("api.example.com"), fixture.text("tls-alert-45"))
        for client in 0..<40 {
            fixture.connection(at: Double(client), lasting: 1, .nlb) {
                $0.client = Endpoint(IPAddress(v4: 0xC633_6400 + UInt32(client)), 40_000)
                $0.peer = $0.client.address
                $0.flags.insert(.tlsFailed)
                $0.errorReason = reason
                $0.domain = name
            }
        }
        let finding = try #require(fixture.findings.first)
        #expect(fixture.findings.count == 1 && finding.count == 40)
        #expect(finding.subject == "api.example.com" && finding.blame == .target)
        // A lower bound: clients are told apart as far as some fifty bits go.
        let told = try #require(finding.summary.firstMatch(of: /at least (\d+) clients refused the certificate/))
        let clients = try #require(Int(told.1))
        #expect(clients > 20 && clients <= 40, "\(finding.summary)")
    }

    @Test(arguments: [(40, Severity.warning), (5, .notice)])
    func `a certificate that many clients refuse is more than a notice`(clients: Int, severity: Severity) {
        var fixture = CheckFixture()
        let (name, reason) = (fixture.text("api.example.com"), fixture.text("tls-alert-45"))
        for client in 0..<clients {
            fixture.connection(at: Double(client), lasting: 1, .nlb) {
                $0.client = Endpoint(IPAddress(v4: 0xC633_6400 + UInt32(client)), 40_000)
                $0.peer = $0.client.address
                $0.flags.insert(.tlsFailed)
                $0.errorReason = reason
                $0.domain = name
            }
        }
        #expect(fixture.findings.map(\.severity) == [severity])
    }

    /// Connections of a listener at these seconds, none of which an instance took.
    private static func listener(_ seconds: [Double]) -> CheckFixture {
        var fixture = CheckFixture()
        let name = fixture.text("classic")
        for second in seconds {
            fixture.connection(at: second, .clb) {
                $0.duration = nil
                $0.loadBalancer = name
                $0.flags.insert(.undispatched)
            }
        }
        return fixture
    }

    /// What is found of such connections.
    private static func undispatched(_ seconds: [Double]) -> [Finding] {
        let found = listener(seconds).findings
        #expect(found.allSatisfy { $0.check == "connection-undispatched" && $0.subject == "classic" })
        return found
    }

    @Test(arguments: [(10, Severity.warning, Blame.target), (9, .notice, .unknown), (2, .notice, .unknown)])
    func `connections that a load balancer had no target for are told of it`(
        count: Int, severity: Severity, blame: Blame
    ) throws {
        let found = Self.undispatched((0..<count).map(Double.init))
        let finding = try #require(found.first)
        #expect(found.count == 1 && finding.blame == blame && finding.severity == severity)
        #expect(finding.count == UInt64(count))
    }

    @Test func `an outage of a listener is apart from what scanners bring in the hours around it`() {
        // One every four minutes for six hours; in the fourth ten minutes of twelve a minute, but for one of two.
        let quiet: [Double] = (0..<90).map { 30 + Double($0) * 240 }
        var outage: [Double] = []
        for minute in 0..<10 {
            let count = minute == 5 ? 2 : 12
            for number in 0..<count { outage.append(10_800 + Double(minute * 60 + number * 5)) }
        }
        let found = Self.undispatched((quiet + outage).sorted())
        let told = found.filter { $0.blame == Blame.target }
        #expect(told.count == 1 && told.first?.severity == Severity.warning)
        // Those at 10,830 s, 11,070 s and 11,310 s fall into it.
        #expect(told.first?.count == UInt64(outage.count + 3))
        #expect(told.first?.start == CheckFixture.at(10_800) && told.first?.end == CheckFixture.at(11_395))
        let others = found.filter { $0.blame == Blame.unknown }
        #expect(others.allSatisfy { $0.severity == Severity.notice })
        #expect(others.map(\.count).reduce(0, +) == UInt64(quiet.count - 3))
        #expect(found.count == 1 + others.count)
    }

    @Test func `what scanners bring is told hour by hour, however they come`() {
        // Every eight minutes: none belongs to the one before it.
        let found = Self.undispatched((0..<45).map { Double($0) * 480 })
        #expect(found.count == 6 && found.map(\.count).reduce(0, +) == 45)
        #expect(found.allSatisfy { $0.blame == Blame.unknown && $0.severity == Severity.notice })
    }

    @Test func `a listener of little traffic that none takes is a warning too`() {
        // One in forty seconds: never five in a minute.
        let found = Self.undispatched((0..<60).map { Double($0) * 40 })
        #expect(found.count == 1 && found.first?.blame == Blame.unknown)
        #expect(found.first?.count == 60 && found.first?.severity == Severity.warning)
    }

    @Test func `what is few in each log may be many in all, and nothing of it is lost where logs are joined`() {
        func packed(_ seconds: [Double]) -> [UInt8] {
            var checks = CheckSet()
            checks.observe(Self.listener(seconds).batch)
            return checks.packed()
        }
        let logs = [packed([0, 5, 10, 15, 20, 25, 9000]), packed([2, 7, 12, 17])]
        var all = CheckSet()
        for log in logs {
            let isRead = all.expect(log)
            #expect(isRead)
        }
        for (number, log) in logs.enumerated() {
            let isRead = all.join(log, source: UInt32(number + 1))
            #expect(isRead)
        }
        let found = all.finish(end: Timestamp(nanoseconds: .max)).filter { $0.check == "connection-undispatched" }
        #expect(found.map(\.count) == [10, 1])
        #expect(found.map(\.blame) == [Blame.target, Blame.unknown])
    }

    @Test(arguments: [
        (EvidenceKind.nlb, "tls-alert-48", "target", "the certificate was refused"),
        (.nlb, "tls-alert-70", "client", "failed."), (.nlb, "-", "client", "failed."),
        (.albConnection, "ClientCertUntrusted", "client", "the client's certificate was refused"),
    ])
    func `rows blame for a failed TLS handshake as packets do`(
        kind: EvidenceKind, reason: String, blame: String, text: String
    ) {
        var fixture = CheckFixture()
        let reason = fixture.text(reason)
        fixture.connection(at: 0, lasting: 1, kind) {
            $0.flags.insert(.tlsFailed)
            $0.errorReason = reason
        }
        #expect(fixture.findings.map { $0.blame.name } == [blame])
        #expect(fixture.findings.first?.summary.contains(text) == true)
    }

    @Test func `the summary of failed TLS handshakes says who refused what`() {
        func summary(_ direction: Direction, _ value: Int64) -> String {
            var fixture = CheckFixture()
            fixture.event(.sslFailure, at: 0, value: value, direction: direction, connection: 2)
            fixture.connection { $0.flags.insert(.tlsFailed) }
            return fixture.findings.first?.summary ?? ""
        }
        #expect(summary(.originator, 0x230).contains("the certificate was refused"))
        #expect(summary(.responder, 0x22A).contains("client's certificate was refused"))
        #expect(summary(.responder, 0).contains("ended without an alert"))
    }

    /// How many connections in a minute, and what each has: the findings.
    private static let halfOpen: [(Int, ConnectionState, UInt64, UInt32, String?)] = [
        (40, .s1, 1, 5, "half-open client \(target) 40"), (20, .s1, 1, 1, "half-open client \(target) 20"),
        (19, .s1, 1, 5, nil), (40, .s1, 1, 0, nil), (40, .sf, 1, 5, nil),
        (40, .s1, 3, 5, "half-open network \(target) 40"),
    ]

    @Test(arguments: halfOpen)
    func `many handshakes that the server repeats in vain are told`(
        _ count: Int, _ state: ConnectionState, _ syns: UInt64, _ repeated: UInt32, _ told: String?
    ) {
        let found = Self.told { fixture in
            for client in 0..<count {
                fixture.connection(at: Double(client), lasting: 15) {
                    $0.client = Endpoint(IPAddress(v4: 0xC612_0000 + UInt32(client)), 40_000)
                    $0.peer = $0.client.address
                    $0.state = state
                    $0.flags = [.startSeen]
                    $0.bytesFromClient = 0
                    $0.bytesFromServer = 0
                    $0.packetsFromClient = syns
                    $0.packetsFromServer = 1 + UInt64(repeated)
                    $0.retransmissions = repeated
                }
            }
        }
        #expect(found == (told.map { [$0] } ?? []))
    }

    /// SYN cookies are sent once: that the client says nothing more tells, where the evidence goes on.
    @Test(arguments: [([ConnectionFlags.leftHalfOpen], ["half-open client \(target) 40"]), ([], [])])
    func `handshakes that nobody ends are told without repetitions too`(flags: [ConnectionFlags], told: [String]) {
        let found = Self.told { fixture in
            for client in 0..<40 {
                fixture.connection(at: Double(client), lasting: 0) {
                    $0.client = Endpoint(IPAddress(v4: 0xC612_0000 + UInt32(client)), 40_000)
                    $0.peer = $0.client.address
                    $0.state = .s1
                    $0.flags = ConnectionFlags(flags + [.startSeen])
                    ($0.bytesFromClient, $0.bytesFromServer) = (0, 0)
                    ($0.packetsFromClient, $0.packetsFromServer, $0.retransmissions) = (1, 1, 0)
                }
            }
        }
        #expect(found == told)
    }

    /// SYNs, answers, whether the client said nothing more.
    @Test(arguments: [(3, 3, true, 1), (5, 6, true, 1), (2, 3, true, 0), (3, 2, true, 0), (5, 6, false, 0)])
    func `a client whom no answer to its SYNs reaches has lost its way back`(
        syns: UInt64, answers: UInt64, isLeft: Bool, found: Int
    ) {
        var fixture = CheckFixture()
        for attempt in 0..<2 {
            fixture.connection(at: Double(attempt) * 60, lasting: 31) {
                $0.state = .s1
                $0.flags = isLeft ? [.startSeen, .leftHalfOpen] : .startSeen
                ($0.bytesFromClient, $0.bytesFromServer) = (0, 0)
                ($0.packetsFromClient, $0.packetsFromServer) = (syns, answers)
                $0.retransmissions = UInt32(syns + answers - 2)
            }
        }
        let told = fixture.findings
        #expect(
            told.map { "\($0.check) \($0.blame.name ?? "-") \($0.subject) \($0.count)" }
                == Array(repeating: "retransmission-burst network \(Self.client) 2", count: found))
        #expect(told.allSatisfy { $0.summary.contains("none of it reached the client") })
    }

    @Test func `a handshake that met an earlier connection of its port is told of its client`() {
        var fixture = CheckFixture()
        fixture.connection {
            $0.handshake = 1_040_000_000
            $0.flags.insert([.synAnsweredLate, .synRepeated, .portHeld])
        }
        let found = fixture.findings
        #expect(
            found.map { "\($0.check) \($0.blame.name ?? "-") \($0.subject)" } == [
                "slow-handshake unknown \(Self.client)"
            ])
        #expect(
            found.allSatisfy { $0.summary.contains("the server still held an earlier connection of the same port") })
    }

    @Test func `who gives up on what does not arrive is not to blame`() {
        for (flags, blame) in [(ConnectionFlags.undelivered, "network"), ([], "client")] {
            var fixture = CheckFixture()
            fixture.connection {
                $0.state = .rsto
                $0.resetBy = .client
                $0.flags.insert(flags)
                $0.retransmissions = 0
            }
            let reset = fixture.findings.first { $0.check == "reset-by-client" }
            #expect(reset?.blame.name == blame)
            #expect(reset?.summary.hasSuffix("again and again in vain.") == (blame == "network"))
        }
    }

    /// RFC 8446, section 6.2: 112 unrecognized_name, 70 protocol_version.
    @Test func `a finding of failed TLS handshakes names the alerts`() {
        func told(_ alerts: [Int64], _ direction: Direction) -> (summary: String, blame: String?) {
            var fixture = CheckFixture()
            for (index, alert) in alerts.enumerated() {
                let connection = UInt32(alerts.count + index + 1)
                fixture.event(.sslFailure, at: 0, value: alert, direction: direction, connection: connection)
            }
            for _ in alerts { fixture.connection { $0.flags.insert(.tlsFailed) } }
            let finding = fixture.findings.first
            return (finding?.summary ?? "", finding?.blame.name)
        }
        let unknown = told([0x170], .responder)
        #expect(unknown.summary.hasSuffix("failed: the server sent unrecognized_name."), "\(unknown)")
        #expect(unknown.blame == "unknown")
        let old = told([0x246, 0x246], .responder)
        #expect(old.summary.contains(": the server sent protocol_version."), "\(old)")
        #expect(old.blame == "client")
        let both = told([0x246, 0x228], .originator)
        #expect(
            both.summary.contains(": the client sent protocol_version, the client sent handshake_failure."), "\(both)")
    }

    @Test func `a private peer that connects without data is told, others are not`() {
        let privatePeer = Endpoint(IPAddress(v4: 0x0A00_0909), 4000)
        func empty(_ peer: Endpoint, _ state: ConnectionState, _ bytes: UInt64) -> [String] {
            Self.told {
                $0.connection {
                    $0.client = peer
                    $0.peer = peer.address
                    $0.state = state
                    $0.bytesFromClient = bytes
                    $0.bytesFromServer = 0
                }
            }
        }
        #expect(empty(privatePeer, .sf, 0) == ["dataless-connect - 10.0.9.9 1"])
        #expect(empty(privatePeer, .sf, 1).isEmpty)
        #expect(empty(privatePeer, .s0, 0).isEmpty)
        #expect(empty(CheckFixture.client, .sf, 0).isEmpty)
    }

    @Test(
        arguments: [
            ([ConnectionFlags.clientResetClosed], " after the client's FIN"), ([[]], " after answers had begun"),
            ([.clientResetClosed, []], ", some after the client's FIN"),
        ] as [([ConnectionFlags], String)])
    func `a client that refuses what comes after it closed has not broken off an answer`(
        _ flags: [ConnectionFlags], _ moment: String
    ) {
        var fixture = CheckFixture()
        for flag in flags {
            fixture.connection {
                $0.state = .rsto; $0.resetBy = .client; $0.flags.insert(flag)
            }
        }
        let count = flags.count == 1 ? "1 connection" : "2 connections"
        #expect(fixture.findings.map(\.summary) == ["\(Self.client) reset \(count)\(moment)."])
    }

    @Test(arguments: [
        (58.9, 0), (59.0, 1), (62.0, 1), (62.1, 0), (348.9, 0), (349.0, 1), (353.0, 1), (353.1, 0),
    ])
    func `a reset after the silence of a timer is told`(silence: Double, found: Int) {
        let told = Self.told {
            $0.event(.reset, at: 1000, value: Int64(silence * 1_000_000_000), direction: .responder)
        }
        #expect(told == Array(repeating: "idle-timeout-reset load-balancer \(Self.target) 1", count: found))
    }

    // Keep-alives do not reset the timers of 60 s; those of 350 s they do.
    @Test(arguments: [(58.9, 0), (59.0, 1), (62.0, 1), (62.1, 0), (350.0, 0)])
    func `a reset a minute after the last payload is told, whatever keep-alives passed`(silence: Double, found: Int) {
        let told = Self.told {
            $0.event(.reset, at: 1000, value: 1_200_000_000, direction: .responder)
            $0.event(.quietReset, at: 1000, value: Int64(silence * 1_000_000_000), direction: .responder)
        }
        #expect(told == Array(repeating: "idle-timeout-reset load-balancer \(Self.target) 1", count: found))
    }

    @Test func `a target that answers the client's end by RST has broken nothing`() {
        let told = Self.told {
            $0.connection {
                $0.state = .rstr; $0.resetBy = .server; $0.flags = [.startSeen, .endSeen, .clientEndedFirst]
            }
        }
        #expect(told.isEmpty)
    }

    @Test(arguments: [(350.0, 5.0, 1), (349.9, 5.0, 0), (400.0, 5.1, 0)])
    func `data after an expired flow and then a reset is told`(silence: Double, delay: Double, found: Int) {
        let told = Self.told {
            $0.event(.idleGap, at: 1000, value: Int64(silence * 1_000_000_000))
            $0.event(.reset, at: 1000 + delay, value: Int64(delay * 1_000_000_000), direction: .responder)
        }
        #expect(told.count == found)
    }

    @Test(arguments: [(2, 350.5, 0), (3, 350.0, 1), (3, 352.0, 1), (3, 352.1, 0), (3, 349.9, 0)])
    func `NLB connections of the timer's length count from the third`(rows: Int, seconds: Double, found: Int) {
        let told = Self.told { fixture in
            for row in 0..<rows { fixture.connection(at: 400 + Double(row), lasting: seconds, .nlb) }
        }.filter { $0.hasPrefix("idle-timeout-reset") }
        #expect(told == Array(repeating: "idle-timeout-reset load-balancer \(Self.target) \(rows)", count: found))
    }

    /// Durations around the timer and how many rows of each; how many findings.
    @Test(arguments: [
        ([(345.5, 50), (351.0, 3), (357.0, 50)], 1), ([(347.0, 2), (351.0, 3), (354.0, 2)], 1),
        ([(347.0, 3), (351.0, 3), (354.0, 2)], 0), ([(347.0, 60), (351.0, 17), (354.0, 64)], 0),
        ([(347.0, 6), (351.0, 17), (354.0, 4)], 1),
    ])
    func `as many NLB connections as last about as long by chance are no timer's`(
        rows: [(Double, Int)], found: Int
    ) {
        let told = Self.told { fixture in
            for (seconds, count) in rows {
                for row in 0..<count { fixture.connection(at: 400 + Double(row), lasting: seconds, .nlb) }
            }
        }.filter { $0.hasPrefix("idle-timeout-reset") }
        let count = rows.first { $0.0 == 351 }?.1 ?? 0
        #expect(told == Array(repeating: "idle-timeout-reset load-balancer \(Self.target) \(count)", count: found))
    }

    /// Zero windows, one a second, after each of which the window stays closed for so many milliseconds.
    private static func stalls(_ milliseconds: [Double], _ direction: Direction) -> (inout CheckFixture) -> Void {
        { fixture in
            for (index, time) in milliseconds.enumerated() {
                fixture.event(.zeroWindow, at: Double(index), value: Int64(time * 1_000_000), direction: direction)
            }
        }
    }

    @Test(
        arguments: [
            ([100, 100], 0), ([100, 50, 50], 1), ([100, 50, 49.9], 0), ([0.1, 0.1, 200], 1), ([1, 99, 100], 1),
            // What is read at once keeps nobody waiting, however often it happens.
            ([0.9, 99.5, 100], 0), (Array(repeating: 0.9, count: 1000), 0), (Array(repeating: 1, count: 200), 1),
        ] as [([Double], Int)])
    func `a receiver stalls from its third zero window and 200 ms on`(_ milliseconds: [Double], found: Int) {
        let target = Self.told(Self.stalls(milliseconds, .responder))
        #expect(
            target == Array(repeating: "zero-window-stall target \(Self.target) \(milliseconds.count)", count: found))
        let client = Self.told(Self.stalls(milliseconds, .originator))
        #expect(
            client == Array(repeating: "zero-window-stall client \(Self.client) \(milliseconds.count)", count: found))
    }

    @Test func `a stall says how often a buffer was full and how long senders waited`() {
        var fixture = CheckFixture()
        Self.stalls([1500, 250.5, 0.2, 3000], .responder)(&fixture)
        #expect(
            fixture.findings.map(\.summary) == [
                "\(Self.target) announced a full receive buffer 4 times within 3 s and kept its sender waiting for 4.75 s in "
                    + "all: it does not read fast enough."
            ])
    }

    @Test func `a load balancer that stops reading is told from a client`() {
        let told = Self.told { fixture in
            for index in 0..<3 { fixture.event(.zeroWindow, at: Double(index), value: 300_000_000, connection: 4) }
            fixture.connection(at: 9, lasting: 9) { $0.role = .backend }
        }
        #expect(told == ["zero-window-stall load-balancer \(Self.client) 3"])
    }

    @Test func `a stall is that of its sender, whoever seemed to be the server before the connection told`() {
        let (balancer, target) = (Endpoint(IPAddress(v4: 0x0A00_000A), 2228), CheckFixture.target)
        let told = Self.told { fixture in
            for index in 0..<3 {
                fixture.event(
                    .zeroWindow, at: Double(index), value: 300_000_000, direction: .responder, connection: 4,
                    client: target, server: balancer)
            }
            fixture.connection(at: 9, lasting: 9) {
                $0.client = balancer
                $0.peer = balancer.address
                $0.flags = .roleUntold
            }
        }
        #expect(told == ["zero-window-stall unknown \(balancer.address) 3"])
    }

    @Test(arguments: [
        (ConnectionRole.client, ConnectionFlags.startSeen, "client"), (.client, .roleUntold, "unknown"),
        (.backend, .roleUntold, "load-balancer"),
    ])
    func `a reset is blamed on the client only where it is known to be one`(
        _ role: ConnectionRole, _ flags: ConnectionFlags, _ blame: String
    ) {
        let told = Self.told { fixture in
            fixture.connection {
                $0.state = .rsto
                $0.resetBy = .client
                $0.role = role
                $0.flags = flags
                $0.peer = $0.client.address
            }
        }
        #expect(told == ["reset-by-client \(blame) \(Self.client) 1"])
    }

    @Test func `each episode of a connection that lives on is told, with all it has`() {
        let told = Self.told { fixture in
            for start in [0.0, 1200] {
                for index in 0..<100 {
                    fixture.event(.zeroWindow, at: start + Double(index), value: 300_000_000, connection: 205)
                }
            }
            // Five minutes of quiet do not end an episode, more does.
            for index in 0..<3 {
                fixture.event(.zeroWindow, at: 1599 + Double(index), value: 300_000_000, connection: 205)
            }
            fixture.connection(at: 1700, lasting: 1700) {
                $0.id = FactID(source: 1, record: 205); $0.role = .backend
            }
        }
        #expect(
            told.filter { $0.hasPrefix("zero") } == [
                "zero-window-stall load-balancer \(Self.client) 100",
                "zero-window-stall load-balancer \(Self.client) 103",
            ])
    }

    @Test(arguments: [EvidenceKind.pcap, .live])
    func `a finding of packets says whether they were live`(kind: EvidenceKind) {
        var fixture = CheckFixture()
        for index in 0..<3 { fixture.event(.zeroWindow, at: Double(index), value: 300_000_000, direction: .responder) }
        fixture.event(.proxyHeader, at: 4, value: 2)
        fixture.connection(at: 9, lasting: 9, kind) { $0.state = .rej }
        var checks = CheckSet(captureKind: kind)
        checks.observe(fixture.batch)
        let findings = checks.finish(end: Timestamp(nanoseconds: .max))
        #expect(
            findings.map(\.check).sorted() == ["connection-refused", "load-balancer-type", "zero-window-stall"])
        #expect(findings.allSatisfy { $0.kind == kind }, "\(findings.map(\.kind))")
    }

    @Test func `a falling TTL is a loop and a retransmission is not`() {
        #expect(
            Self.told { $0.event(.ttlFalling, at: 0, value: 12) } == ["traffic-loop network \(Self.target) 1"])
        #expect(Self.told { $0.event(.retransmission, at: 0) }.isEmpty)
    }
}
