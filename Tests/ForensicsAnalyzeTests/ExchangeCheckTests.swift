import ForensicsAnalyze
import ForensicsModel
import Testing

@Suite struct ExchangeCheckTests {
    private static let target = "10.0.0.16:8443"
    private static let client = "198.51.100.1"

    private static func told(_ build: (inout CheckFixture) -> Void) -> [String] { CheckFixture.told(build) }

    @Test func `answers without an error are no finding`() {
        #expect(
            Self.told {
                $0.exchange(); $0.exchange { $0.status = 302 }; $0.exchange { $0.status = 404 }
            }.isEmpty)
    }

    @Test func `of a second leg the target is told, and of the client only the first`() {
        #expect(
            Self.told {
                for second in 0..<20 {
                    $0.exchange(at: Double(second), .pcap) { $0.status = 404 }
                    $0.exchange(at: Double(second), .pcap) {
                        $0.status = 404
                        $0.flags = .secondLeg
                    }
                }
            } == ["http-4xx client \(Self.client) 20"])
        // Of the answer alone, half translated, another leg tells the same.
        #expect(
            Self.told {
                for start in [Timestamp(nanoseconds: 1), nil] {
                    $0.exchange(at: 0, .pcap) {
                        $0.start = start
                        $0.status = 500
                        $0.targetStatus = 500
                        $0.cause = .targetError
                        $0.blame = .target
                        $0.flags = .secondLeg
                    }
                }
            } == ["http-5xx-target target \(Self.target) 1"])
    }

    @Test func `an unanswered request blames the target, an unfinished one the client`() {
        #expect(
            Self.told {
                $0.exchange(at: 0, .pcap) {
                    $0.status = nil; $0.targetStatus = nil; $0.flags = .timedOut; $0.blame = .target
                }
            } == ["request-timeout target \(Self.target) 1"])
        #expect(
            Self.told {
                $0.exchange {
                    $0.status = 408; $0.targetStatus = nil; $0.cause = .clientTimeout
                }
            }
                == ["request-timeout client \(Self.client) 1"])
        #expect(
            Self.told {
                $0.exchange(at: 0, .pcap) {
                    $0.status = nil; $0.targetStatus = nil; $0.flags = .undetermined
                }
            }
            .isEmpty)
    }

    @Test func `a load balancer that did not send a request to its end is to blame as the request says`() {
        let told = Self.told {
            $0.exchange(at: 0, .pcap) {
                $0.status = nil
                $0.targetStatus = nil
                $0.flags = .timedOut
                $0.cause = .clientTimeout
                $0.blame = .loadBalancer
                $0.peer = IPAddress(v4: 0x0A00_0909)
            }
        }
        #expect(told == ["request-timeout load-balancer 10.0.9.9 1"])
    }

    @Test(arguments: [
        (
            UInt16(502), Blame.target, "http-5xx-load-balancer",
            "The load balancer at 10.0.0.16:8443 answered 1 request "
        ),
        (500, .loadBalancer, "http-5xx-load-balancer", "The load balancer at 10.0.0.16:8443 answered 1 request "),
        (
            504, .target, "target-timeout",
            "A target behind 10.0.0.16:8443 did not accept or did not answer 1 request in time"
        ),
    ])
    func `what a load balancer answered itself is not laid on its own address as a target`(
        _ status: UInt16, _ blame: Blame, _ check: String, _ summary: String
    ) throws {
        var fixture = CheckFixture()
        let domain = fixture.text("shop.example")
        fixture.exchange(at: 0, .pcap) {
            $0.status = status
            $0.targetStatus = nil
            $0.blame = blame
            $0.domain = domain
        }
        let finding = try #require(fixture.findings.first)
        #expect(finding.check == check)
        #expect(finding.subject == Self.target)
        #expect(finding.blame == blame)
        #expect(finding.summary.hasPrefix(summary), "\(finding.summary)")
    }

    @Test(arguments: [(1_000_000_000, 0), (1_000_000_001, 1)])
    func `a request is slow past one second`(total: Int64, count: Int) {
        let told = Self.told {
            $0.exchange {
                $0.totalTime = total; $0.targetTime = total
            }
        }
        #expect(told == Array(repeating: "slow-request target \(Self.target) 1", count: count))
    }

    @Test func `the longest phase of a slow request names the side`() {
        func slow(_ kind: EvidenceKind, _ request: Int64, _ target: Int64) -> [String] {
            Self.told { fixture in
                let balancer = fixture.text("app/lb/1")
                fixture.exchange(at: 0, kind) {
                    $0.totalTime = 4_000_000_000
                    $0.requestTime = request
                    $0.targetTime = target
                    $0.loadBalancer = balancer
                }
            }
        }
        #expect(slow(.alb, 0, 2_000_000_000) == ["slow-request target \(Self.target) 1"])
        #expect(slow(.alb, 0, 1_999_999_999) == ["slow-request load-balancer app/lb/1 1"])
        #expect(slow(.pcap, 3_000_000_000, 0) == ["slow-request client \(Self.client) 1"])
        #expect(slow(.pcap, 0, 0) == ["slow-request unknown \(Self.target) 1"])
    }

    @Test func `a slow request that did not arrive for long is the network's`() {
        for status in [200, 408] as [UInt16] {
            let told = Self.told {
                $0.exchange(at: 0, .pcap) {
                    $0.status = status
                    $0.totalTime = 7_000_000_000
                    $0.targetTime = 7_000_000_000
                    $0.flags.insert(.undelivered)
                }
            }
            #expect(
                told == [
                    status == 408 ? "slow-request client \(Self.client) 1" : "slow-request network \(Self.target) 1"
                ])
        }
    }

    @Test func `WebSockets are not slow requests`() {
        #expect(
            Self.told {
                $0.exchange {
                    $0.totalTime = 90_000_000_000; $0.scheme = .wss; $0.status = 101
                }
            }.isEmpty)
    }

    @Test(arguments: [(19, 0), (20, 1)])
    func `a burst of 4xx begins with twenty in a minute`(count: Int, found: Int) {
        let told = Self.told { fixture in
            for index in 0..<count {
                fixture.exchange(at: Double(index)) {
                    $0.status = 404; $0.targetStatus = 404
                }
            }
        }
        #expect(told == Array(repeating: "http-4xx client \(Self.client) \(count)", count: found))
    }

    @Test func `4xx spread over minutes are no burst, WAF blocks are told apart`() {
        let spread = Self.told { fixture in
            for index in 0..<60 { fixture.exchange(at: Double(index) * 6) { $0.status = 404 } }
        }
        #expect(spread.isEmpty)
        let blocked = Self.told { fixture in
            for index in 0..<30 {
                fixture.exchange(at: Double(index) / 10) {
                    $0.status = 403; $0.targetStatus = nil; $0.cause = .wafBlocked
                }
            }
        }
        #expect(blocked == ["waf-blocked client \(Self.client) 30"])
    }

    @Test func `5xx of the target and of the load balancer are told apart`() {
        #expect(
            Self.told {
                $0.exchange {
                    $0.status = 500; $0.targetStatus = 500; $0.blame = .target
                }
            }
                == ["http-5xx-target target \(Self.target) 1"])
        #expect(
            Self.told {
                $0.exchange {
                    $0.status = 502; $0.targetStatus = nil; $0.blame = .target; $0.cause = .targetConnectFailed
                }
            }
                == ["http-5xx-load-balancer target \(Self.target) 1"])
        #expect(
            Self.told { fixture in
                let balancer = fixture.text("app/lb/1")
                fixture.exchange {
                    $0.status = 500; $0.targetStatus = nil; $0.loadBalancer = balancer
                }
            } == ["http-5xx-load-balancer load-balancer app/lb/1 1"])
        #expect(
            Self.told {
                $0.exchange {
                    $0.status = 504; $0.targetStatus = nil; $0.blame = .target
                }
            }
                == ["target-timeout target \(Self.target) 1"])
        #expect(
            Self.told {
                $0.exchange {
                    $0.status = 504; $0.targetStatus = 504; $0.blame = .target
                }
            }
                == ["http-5xx-target target \(Self.target) 1"])
        #expect(
            Self.told {
                $0.exchange {
                    $0.status = 499; $0.targetStatus = 499
                }
            }.isEmpty)
    }

    @Test(arguments: [(9, false, 0), (10, false, 1), (2, true, 0), (3, true, 1)])
    func `redirects in a circle`(count: Int, toItself: Bool, found: Int) {
        let told = Self.told { fixture in
            let domain = fixture.text("shop.example")
            let path = fixture.text("/cart")
            for index in 0..<count {
                fixture.exchange(at: Double(index)) {
                    $0.status = 301
                    $0.targetStatus = 301
                    $0.domain = domain
                    $0.pathTemplate = path
                    if toItself { $0.flags.insert(.redirectsToItself) }
                }
            }
        }
        #expect(
            told == Array(repeating: "redirect-loop target \(Self.client) shop.example/cart \(count)", count: found))
    }

    /// Method, status and whether the redirect points to itself, for each of some redirects; the findings.
    private static let mixed: [([(String, UInt16, Bool)], [String])] = [
        // Post/Redirect/Get (RFC 9110, section 15.4.4), and what clients make of 301 and 302.
        (Array(repeating: ("POST", 303, true), count: 5), []),
        (Array(repeating: ("POST", 302, true), count: 5), []),
        (Array(repeating: ("POST", 307, true), count: 3), ["3 times to the same address"]),
        (Array(repeating: ("GET", 303, true), count: 3), ["3 times to the same address"]),
        // One that points to itself among others makes no circle.
        ([("GET", 302, true), ("GET", 302, false), ("GET", 302, false)], []),
        (
            [("GET", 302, true)] + Array(repeating: ("GET", 302, false), count: 11),
            ["12 times, 1 of them to the same address"]
        ),
    ]

    @Test(arguments: mixed)
    func `a redirect to itself counts where who follows it asks the same again`(
        redirects: [(String, UInt16, Bool)], told: [String]
    ) {
        var fixture = CheckFixture()
        let path = fixture.text("/cart")
        for (index, redirect) in redirects.enumerated() {
            let method = fixture.text(redirect.0)
            fixture.exchange(at: Double(index)) {
                $0.method = method
                $0.status = redirect.1
                $0.targetStatus = redirect.1
                $0.pathTemplate = path
                if redirect.2 { $0.flags.insert(.redirectsToItself) }
            }
        }
        let found = fixture.findings.map(\.summary)
        #expect(found.count == told.count)
        for (summary, text) in zip(found, told) { #expect(summary.contains("were redirected " + text), "\(summary)") }
    }

    @Test func `a circle between load balancer and application counts both sides`() {
        var fixture = CheckFixture()
        let path = fixture.text("/cart")
        for index in 0..<12 {
            fixture.exchange(at: Double(index)) {
                $0.status = 301
                $0.targetStatus = index % 2 == 0 ? nil : 301
                $0.pathTemplate = path
            }
        }
        #expect(fixture.findings.map(\.count) == [12])
        #expect(fixture.findings.map(\.blame) == [.unknown])
        #expect(fixture.findings.first?.summary.hasSuffix("by the load balancer and by the target.") == true)
    }

    @Test(arguments: [
        ([404, 464, 499], "404, 464, 499"), ([463, 460], "460, 463"), ([451, 400], "400, 451"),
        ([452, 459, 493], "others"), ([404, 470], "404, others"),
    ])
    func `a finding names the statuses that there were`(statuses: [UInt16], text: String) {
        var fixture = CheckFixture()
        for index in 0..<30 {
            fixture.exchange(at: Double(index)) {
                $0.status = statuses[index % statuses.count]
                $0.targetStatus = nil
            }
        }
        let found = fixture.findings.filter { $0.check == "http-4xx" }
        #expect(found.map(\.summary) == ["Client \(Self.client) got 30 answers with status \(text) within 29 s."])
    }

    @Test(arguments: [(500, "500"), (511, "511"), (520, "520"), (561, "561"), (599, "599"), (570, "others")])
    func `the statuses of servers are named as well`(status: UInt16, text: String) {
        var fixture = CheckFixture()
        fixture.exchange {
            $0.status = status
            $0.targetStatus = status
        }
        #expect(
            fixture.findings.map(\.summary) == ["Target \(CheckFixture.target) answered 1 request with status \(text)."]
        )
    }

    @Test func `the status of a target is told, whatever the load balancer made of it`() {
        var fixture = CheckFixture()
        fixture.exchange {
            $0.status = 502
            $0.targetStatus = 503
        }
        #expect(
            fixture.findings.map(\.summary) == ["Target \(CheckFixture.target) answered 1 request with status 503."])
    }

    @Test func `a client that is redirected once for each of many things goes in no circle`() {
        let told = Self.told { fixture in
            let path = fixture.text("/item/{id}")
            for index in 0..<20 {
                let name = fixture.text("0a\(index)")
                for argument in [PathArgument.number(Int64(index)), .text(name)] {
                    fixture.exchange(at: Double(index)) {
                        $0.status = 301
                        $0.targetStatus = nil
                        $0.pathTemplate = path
                        $0.pathArgument = argument
                    }
                }
            }
        }
        #expect(told.isEmpty)
    }

    @Test func `a circle through one of many things names it`() {
        let told = Self.told { fixture in
            let domain = fixture.text("shop.example")
            let path = fixture.text("/item/{id}")
            for index in 0..<12 {
                fixture.exchange(at: Double(index)) {
                    $0.status = 301
                    $0.targetStatus = nil
                    $0.domain = domain
                    $0.pathTemplate = path
                    $0.pathArgument = .number(17)
                }
            }
        }
        #expect(told == ["redirect-loop load-balancer \(Self.client) shop.example/item/17 12"])
    }

    @Test func `a 504 is laid where its cause points, whatever the target began to send, and is no slow answer beside`()
    {
        let told = Self.told { fixture in
            fixture.exchange {
                $0.status = 504
                $0.targetStatus = 200
                $0.blame = .target
                $0.cause = .targetTimeout
                $0.totalTime = 60_100_000_000
                $0.targetTime = 10_000_000
            }
            let name = fixture.text("app/web/1")
            fixture.exchange(at: 1) {
                $0.status = 504
                $0.targetStatus = nil
                $0.target = nil
                $0.loadBalancer = name
                $0.blame = .loadBalancer
                $0.cause = .lambdaError
            }
        }
        #expect(
            told == [
                "target-timeout target \(CheckFixture.target) 1",
                "target-timeout load-balancer app/web/1 1",
            ])
    }

    @Test func `what WAF refused with a 5xx is told once`() {
        let told = Self.told { fixture in
            fixture.exchange {
                $0.status = 503
                $0.targetStatus = nil
                $0.blame = .client
                $0.cause = .wafBlocked
            }
        }
        #expect(told.count == 1 && told[0].hasPrefix("waf-blocked client"))
    }

    @Test func `redirects of many paths, and 304, are no circle`() {
        let told = Self.told { fixture in
            for index in 0..<20 {
                let path = fixture.text("/page\(index)")
                fixture.exchange(at: Double(index)) {
                    $0.status = 302; $0.pathTemplate = path
                }
                fixture.exchange(at: Double(index)) { $0.status = 304 }
            }
        }
        #expect(told.isEmpty)
    }

    @Test(arguments: [
        ("198.51.100.1, 10.0.0.1, 10.0.0.1", 0), ("10.0.0.1, 10.0.0.1,10.0.0.1", 1),
        ("10.0.0.1, 10.0.0.2, 10.0.0.1, 10.0.0.2, 10.0.0.1", 1), ("10.0.0.1, 10.0.0.11, 10.0.0.111", 0), (" , , ,", 0),
        ("203.0.113.3:1111, 10.0.0.5:22, 10.0.0.5:33, 10.0.0.5:44", 1),
        ("[2001:db8::1]:80, [2001:db8::1]:81,2001:db8::1", 1), ("2001:db8::1, 2001:db8::2, 2001:db8::3", 0),
    ])
    func `an address three times in a forwarded chain is a loop`(chain: String, found: Int) {
        let told = Self.told { fixture in
            let text = fixture.text(chain)
            let domain = fixture.text("shop.example")
            fixture.exchange(at: 0, .pcap) {
                $0.forwardedFor = text; $0.domain = domain
            }
        }
        #expect(told == Array(repeating: "proxy-loop target shop.example 1", count: found))
    }

    /// How many requests are refused with 463, a minute apart, and what is told.
    @Test(arguments: [
        (5, "proxy-loop target \(target) 5", Severity.critical, "passed the same proxy several times"),
        (4, "proxy-loop unknown \(target) 4", .notice, "written by hand, or a loop"),
        (
            1, "proxy-loop unknown \(target) 1", .notice,
            "1 request for \(target) named more than 30 forwarded addresses"
        ),
    ])
    func `463 is a proxy loop where several are, and else what somebody may have written by hand`(
        count: Int, told: String, severity: Severity, words: String
    ) {
        var fixture = CheckFixture()
        for index in 0..<count {
            fixture.exchange(at: Double(index) * 60) {
                $0.status = 463; $0.targetStatus = nil; $0.cause = .tooManyForwarded
            }
        }
        let found = fixture.findings
        #expect(found.map { "\($0.check) \($0.blame.name ?? "-") \($0.subject) \($0.count)" } == [told])
        #expect(found.map(\.severity) == [severity])
        #expect(found[0].summary.contains(words), "\(found[0].summary)")
    }

    @Test(arguments: [(1, Severity.notice), (2, .notice), (3, .warning)])
    func `one or two failed requests are a notice, as any service has them`(count: Int, severity: Severity) {
        var fixture = CheckFixture()
        for index in 0..<count {
            fixture.exchange(at: Double(index)) {
                $0.status = 500; $0.targetStatus = 500
            }
        }
        #expect(fixture.findings.map(\.severity) == [severity])
    }

    @Test func `a request that the client did not finish is told once, and is not slow`() {
        let told = Self.told {
            $0.exchange {
                $0.status = 408; $0.targetStatus = nil; $0.cause = .clientTimeout; $0.targetTime = nil
                $0.totalTime = 60_000_000_000
            }
        }
        #expect(told == ["request-timeout client \(Self.client) 1"])
    }

    @Test(arguments: [(1_000_000_000, 1), (1_000_000_001, 0)])
    func `a target that closes within a second of the request raced`(elapsed: Int64, found: Int) {
        let told = Self.told {
            $0.exchange {
                $0.status = 502
                $0.targetStatus = nil
                $0.cause = .targetClosed
                $0.blame = .target
                $0.totalTime = elapsed
                $0.targetTime = nil
            }
        }
        #expect(told.contains("keep-alive-race target \(Self.target) 1") == (found == 1))
        #expect(told.contains("http-5xx-load-balancer target \(Self.target) 1"))
    }

    /// A silence in seconds, how long after it the connection was reset, and who ended the request.
    @Test(
        arguments: [
            (350.0, 0.5, .reset, "idle-timeout-reset load-balancer"), (349.9, 0.5, .reset, "keep-alive-race target"),
            (350.0, 5.5, .reset, "keep-alive-race target"), (350.0, nil, .targetClosed, "keep-alive-race target"),
        ] as [(Double, Double?, ExchangeCause, String)])
    func `a request after a silence that a timer cut is no race`(
        _ silence: Double, _ reset: Double?, _ cause: ExchangeCause, _ check: String
    ) {
        let told = Self.told {
            $0.exchange(at: 1000.5, .pcap) {
                $0.connection = FactID(source: 1, record: 1)
                $0.status = nil
                $0.targetStatus = nil
                $0.flags = [.aborted, .connectionReused]
                $0.cause = cause
                $0.blame = .target
                $0.totalTime = 500_000_000
            }
            $0.event(.idleGap, at: 1000, value: Int64(silence * 1e9))
            if let reset { $0.event(.reset, at: 1000 + reset, value: 500_000_000, direction: .responder) }
        }
        #expect(told == ["\(check) \(Self.target) 1"])
    }

    @Test(arguments: [Blame.client, .loadBalancer])
    func `who asks on a connection that was said to be closed is told, and not the target`(_ sender: Blame) {
        var fixture = CheckFixture()
        for index in 0..<3 {
            fixture.exchange(at: Double(index), .pcap) {
                $0.status = nil
                $0.targetStatus = nil
                $0.flags = [.aborted, .connectionReused]
                $0.cause = .targetClosed
                $0.blame = sender
                $0.peer = IPAddress(v4: 0x0A00_0009)
            }
        }
        #expect(fixture.findings.map { "\($0.check) \($0.blame)" } == ["keep-alive-race \(sender)"])
        #expect(
            fixture.findings.map(\.summary) == [
                "10.0.0.9 sent 3 requests within 2 s on connections that the target had said it would close (Connection: close, GOAWAY), and had "
                    + "no answer."
            ])
    }

    @Test func `requests of HTTP/2 that are cancelled at once by the hundred in a minute are a rapid reset`() {
        func told(_ count: Int, after milliseconds: Int64 = 3, _ change: (inout Exchange) -> Void = { _ in })
            -> [String]
        {
            var fixture = CheckFixture()
            for index in 0..<count {
                // From the beginning of a minute on.
                fixture.exchange(at: Double(index) * 0.5, .pcap) {
                    $0.status = nil
                    $0.targetStatus = nil
                    $0.httpVersion = .http2
                    $0.flags = .aborted
                    $0.cause = .reset
                    $0.blame = .client
                    $0.totalTime = milliseconds * 1_000_000
                    change(&$0)
                }
            }
            return fixture.findings.map { "\($0.check) \($0.blame) \($0.subject) \($0.count)" }
        }
        #expect(told(99) == [])
        #expect(told(100) == ["rapid-reset client 198.51.100.1 100"])
        // A load balancer that passes them on names who made them.
        #expect(told(100) { $0.blame = .loadBalancer } == ["rapid-reset client 198.51.100.1 100"])
        #expect(told(100, after: 51).allSatisfy { !$0.hasPrefix("rapid-reset") })
        #expect(told(100, after: 1001).allSatisfy { !$0.hasPrefix("rapid-reset") })
        #expect(told(100) { $0.httpVersion = .http11 } == [])
        #expect(told(100) { $0.blame = .target }.allSatisfy { !$0.hasPrefix("rapid-reset") })
    }

    /// Requests a minute, milliseconds until they are given up, what is told of the target.
    @Test(arguments: [(50, 200, 1), (49, 200, 0), (50, 50, 0), (50, 51, 1), (50, 1000, 1), (50, 1001, 0)])
    func `requests of HTTP/2 that clients give up before an answer are told of their target`(
        _ count: Int, _ milliseconds: Int64, _ found: Int
    ) {
        for isStatus in [false, true] {
            var fixture = CheckFixture()
            let cancelled = fixture.text("grpc-status 1 CANCELLED")
            for index in 0..<count {
                fixture.exchange(at: Double(index), .pcap) {
                    $0.httpVersion = .http2
                    $0.totalTime = milliseconds * 1_000_000
                    $0.client = Endpoint(IPAddress(v4: 0xC633_6401 + UInt32(index % 10)), 40_000)
                    $0.blame = .client
                    if isStatus {
                        $0.cause = .grpcError
                        $0.errorReason = cancelled
                    } else {
                        ($0.status, $0.targetStatus) = (nil, nil)
                        $0.flags = .aborted
                        $0.cause = .reset
                    }
                }
            }
            let told = fixture.findings.filter { $0.check == "requests-cancelled" }
            #expect(
                told.map { "\($0.blame.name ?? "-") \($0.subject) \($0.count)" }
                    == Array(repeating: "unknown \(Self.target) \(count)", count: found))
            let mean = milliseconds == 1000 ? "1 s" : "\(milliseconds) ms"
            #expect(
                told.allSatisfy { $0.summary.contains("on the average \(mean) after asking") }, "\(told.map(\.summary))"
            )
        }
    }

    @Test func `findings name the codes with which streams were given up`() {
        var fixture = CheckFixture()
        let reasons = ["RST_STREAM REFUSED_STREAM from the server", "GOAWAY ENHANCE_YOUR_CALM from the server"].map {
            fixture.text($0)
        }
        for reason in reasons {
            fixture.exchange(.pcap) {
                ($0.status, $0.targetStatus) = (nil, nil)
                $0.httpVersion = .http2
                $0.flags = .aborted
                $0.cause = .reset
                $0.blame = .target
                $0.errorReason = reason
            }
        }
        let cut = fixture.findings.filter { $0.check == "answer-cut" }
        #expect(cut.map(\.count) == [2])
        #expect(cut.allSatisfy { $0.summary.contains("without an answer (REFUSED_STREAM, ENHANCE_YOUR_CALM)") })
    }

    @Test(arguments: [EvidenceKind.pcap, .live])
    func `a captured 403 of the load balancer may be WAF's or a rule's, and is told once`(kind: EvidenceKind) {
        var fixture = CheckFixture()
        for index in 0..<30 {
            fixture.exchange(at: Double(index) / 10, kind) {
                $0.status = 403
                $0.targetStatus = nil
                $0.blame = .unknown
            }
        }
        let found = fixture.findings
        #expect(
            found.map { "\($0.check) \($0.blame.name ?? "-") \($0.subject) \($0.count)" }
                == ["waf-blocked unknown \(Self.client) 30"])
        #expect(found[0].summary.contains("WAF, or a rule of its own"), "\(found[0].summary)")
        // The application's own is a client's error like any other.
        let own = Self.told { fixture in
            for index in 0..<30 {
                fixture.exchange(at: Double(index) / 10, kind) {
                    $0.status = 403; $0.targetStatus = 403
                }
            }
        }
        #expect(own == ["http-4xx client \(Self.client) 30"])
    }

    @Test(
        arguments: [
            (.target, .reset, "answer-cut target \(target) 1", "reset of the stream"),
            (.loadBalancer, .reset, "answer-cut load-balancer app/web/1 1", "reset of the stream"),
            (.loadBalancer, .http2Limit, "answer-cut load-balancer app/web/1 1", "past 10,000 requests"),
        ] as [(Blame, ExchangeCause, String, String)])
    func `a row of status 000 is a request that ended without an answer`(
        _ blame: Blame, _ cause: ExchangeCause, _ told: String, _ words: String
    ) {
        var fixture = CheckFixture()
        let balancer = fixture.text("app/web/1")
        fixture.exchange {
            $0.status = 0
            $0.targetStatus = nil
            $0.loadBalancer = balancer
            $0.blame = blame
            $0.cause = cause
        }
        let found = fixture.findings
        #expect(found.map { "\($0.check) \($0.blame.name ?? "-") \($0.subject) \($0.count)" } == [told])
        #expect(found[0].summary.contains(words), "\(found[0].summary)")
    }

    @Test(arguments: [("Acceptable:SpaceInUri", 0), ("Ambiguous:EmptyHeader", 1), ("Severe:BadUri", 1), ("Severe", 1)])
    func `ambiguous and severe requests are told`(classification: String, found: Int) {
        let told = Self.told { fixture in
            let text = fixture.text(classification)
            fixture.exchange { $0.classification = text }
        }
        #expect(told == Array(repeating: "desync client \(Self.client) 1", count: found))
    }

    @Test func `claimed clients that cannot be are told`() {
        #expect(
            Self.told { $0.exchange(at: 0, .pcap) { $0.flags = .forwardedPrivate } }
                == ["spoofed-forwarded-for client \(Self.client) 1"])
        #expect(
            Self.told { fixture in
                let chain = fixture.text("unknown")
                fixture.exchange(at: 0, .pcap) { ($0.flags, $0.forwardedFor) = (.clientUntrusted, chain) }
            } == ["spoofed-forwarded-for client \(Self.client) 1"])
        // A head that was not captured whole claims nothing.
        #expect(Self.told { $0.exchange(at: 0, .pcap) { $0.flags = .clientUntrusted } }.isEmpty)
        #expect(Self.told { $0.exchange(at: 0, .pcap) { $0.flags = .proxied } }.isEmpty)
    }

    @Test func `health checks are left to their own checks`() {
        #expect(
            Self.told {
                $0.exchange(at: 0, .pcap) {
                    $0.status = 500; $0.flags = .healthCheck
                }
            }.isEmpty)
    }

    @Test func `health checks that fail or time out`() {
        #expect(Self.told { $0.probe(at: 0, .failure) } == ["health-check-failure target \(Self.target) 1"])
        #expect(Self.told { $0.probe(at: 0, .timeout) } == ["health-check-timeout target \(Self.target) 1"])
        #expect(Self.told { $0.probe(at: 0, .success) }.isEmpty)
    }

    @Test(arguments: [(4, 0), (5, 1)])
    func `a target flaps from its fourth change`(probes: Int, found: Int) {
        let told = Self.told { fixture in
            for index in 0..<probes { fixture.probe(at: Double(index) * 30, index % 2 == 0 ? .success : .failure) }
        }.filter { $0.hasPrefix("health-flap") }
        #expect(told == Array(repeating: "health-flap target \(Self.target) \(probes - 1)", count: found))
    }

    @Test func `checkers that disagree are no flapping`() {
        let told = Self.told { fixture in
            for index in 0..<20 {
                fixture.probe(at: Double(index), .success, checker: 1)
                fixture.probe(at: Double(index), .failure, checker: 2)
            }
        }
        #expect(told == ["health-check-failure target \(Self.target) 20"])
    }

    @Test func `nodes of a log that disagree are no flapping, nor are target groups`() {
        let nodes = Self.told { fixture in
            for index in 0..<20 {
                fixture.loggedProbe(at: Double(index), .success, node: "10.1.0.5")
                fixture.loggedProbe(at: Double(index), .failure, node: "10.1.0.6")
            }
        }
        #expect(nodes == ["health-check-failure target \(Self.target) 20"])
        let groups = Self.told { fixture in
            for index in 0..<20 {
                fixture.loggedProbe(at: Double(index), .success, node: "10.1.0.5", group: "web")
                fixture.loggedProbe(at: Double(index), .failure, node: "10.1.0.5", group: "api")
            }
        }
        #expect(groups == ["health-check-failure target \(Self.target) 20"])
    }

    @Test func `a node that changes its mind makes a target flap, a failure that times out does not`() {
        let told = Self.told { fixture in
            for index in 0..<5 {
                fixture.loggedProbe(at: Double(index) * 30, index % 2 == 0 ? .success : .failure, node: "10.1.0.5")
                fixture.loggedProbe(at: Double(index) * 30, index % 2 == 0 ? .timeout : .failure, node: "10.1.0.6")
            }
        }.filter { $0.hasPrefix("health-flap") }
        // 4 changes of the first node; the second never passed.
        #expect(told == ["health-flap target \(Self.target) 4"])
    }

    @Test func `the type of load balancer is told with its evidence`() {
        func types(_ build: (inout CheckFixture) -> Void) -> [String] {
            var fixture = CheckFixture()
            build(&fixture)
            return fixture.allFindings.filter { $0.check == "load-balancer-type" }.map { "\($0.subject) \($0.count)" }
        }
        #expect(
            types {
                $0.exchange(); $0.exchange(at: 4000)
            } == ["Application Load Balancer 2"])
        #expect(types { $0.connection(at: 0, lasting: 1, .nlb) } == ["Network Load Balancer 1"])
        #expect(types { $0.exchange(at: 0, .clb) } == ["Classic Load Balancer 1"])
        #expect(types { $0.event(.proxyHeader, at: 0, value: 2) } == ["Network Load Balancer 1"])
        #expect(types { $0.event(.proxyHeader, at: 0, value: 1) } == ["Classic Load Balancer 1"])
        #expect(
            types { fixture in
                let tunnel = fixture.text("geneve vni=0 endpoint=0x1")
                fixture.connection { $0.tunnel = tunnel }
            } == ["Gateway Load Balancer 1"])
        #expect(
            types { fixture in
                let tunnel = fixture.text("vxlan vni=7")
                fixture.connection { $0.tunnel = tunnel }
            }.isEmpty)
        #expect(
            types { fixture in
                let chain = fixture.text("198.51.100.1")
                fixture.exchange(at: 0, .pcap) {
                    $0.forwardedFor = chain; $0.trace = .root(1, 2)
                }
                fixture.exchange(at: 0, .pcap) { $0.trace = .root(1, 2) }
            } == ["Application Load Balancer 1"])
        #expect(
            types { fixture in
                let agent = fixture.text("ELB-HealthChecker/1.0")
                fixture.exchange(at: 0, .pcap) {
                    $0.flags = .healthCheck; $0.userAgent = agent
                }
            } == ["Classic Load Balancer 1"])
    }

    /// A captured request that ended after so many milliseconds, and what it is told as.
    @Test(
        arguments: [
            // Cut answers: by FIN, by RST_STREAM; a RST is told of its connection.
            (.targetClosed, .http11, 200, false, 990.0, "answer-cut"),
            (.targetClosed, .http11, 200, true, 10, "answer-cut"),
            (.reset, .http2, 200, false, 10, "answer-cut"), (.reset, .http11, 200, false, 10, nil),
            // No answer: what a kept connection loses at once is a race.
            (.targetClosed, .http11, nil, false, 10, "answer-cut"),
            (.targetClosed, .http11, nil, true, 1000, "keep-alive-race"),
            (.targetClosed, .http11, nil, true, 1001, "answer-cut"), (.reset, .http2, nil, false, 10, "answer-cut"),
            (.clientClosed, .http11, 200, false, 10, nil),
        ] as [(ExchangeCause, HTTPVersion, UInt16?, Bool, Double, String?)])
    func `a target that closes without a whole answer is told once`(
        _ cause: ExchangeCause, _ version: HTTPVersion, _ status: UInt16?, _ isReused: Bool, _ milliseconds: Double,
        _ check: String?
    ) {
        let told = Self.told {
            $0.exchange(at: 0, .pcap) {
                $0.status = status
                $0.targetStatus = status
                $0.httpVersion = version
                $0.flags = isReused ? [.aborted, .connectionReused] : .aborted
                $0.cause = cause
                $0.blame = cause == .clientClosed ? .client : .target
                $0.totalTime = Int64(milliseconds * 1_000_000)
            }
        }.filter { !$0.hasPrefix("slow-request") }
        #expect(told == (check.map { ["\($0) target \(Self.target) 1"] } ?? []))
    }

    @Test
    func `what a log has of a closed target is its load balancer's answer, and what a load balancer cuts is its own`() {
        for kind in [EvidenceKind.alb, .pcap] {
            let told = Self.told {
                $0.exchange(at: 0, kind) {
                    $0.status = 502
                    $0.targetStatus = nil
                    $0.flags = .aborted
                    $0.cause = .targetClosed
                    $0.blame = .target
                }
            }
            #expect(!told.contains { $0.hasPrefix("answer-cut") })
        }
    }
}
