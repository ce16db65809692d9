import ForensicsAnalyze
import ForensicsModel
import Testing

/// What many clients have little of each is told once.
@Suite struct ClientCrowdTests {
    /// Failed handshakes of as many clients, a second apart.
    private static func failures(
        _ fixture: inout CheckFixture, clients: Int, each: Int = 1, at start: Double = 0,
        from address: UInt32 = 0xCB00_7100
    ) {
        for client in 0..<clients {
            for attempt in 0..<each {
                fixture.connection(at: start + Double(client + attempt), lasting: 0.5, .albConnection) {
                    $0.client = Endpoint(IPAddress(v4: address + UInt32(client)), 50_000)
                    $0.peer = $0.client.address
                    $0.flags.insert(.tlsFailed)
                }
            }
        }
    }

    @Test func `more than ten clients that fail up to five times in an hour are one finding with their number`() {
        var fixture = CheckFixture()
        Self.failures(&fixture, clients: 60, each: 2)
        #expect(
            fixture.findings.map(\.summary) == ["120 TLS handshakes with 60 clients failed within 1 min."])
        #expect(fixture.findings.map(\.subject) == ["60 clients"])
        #expect(CheckFixture.told { Self.failures(&$0, clients: 11, each: 5) } == ["tls-failure client 11 clients 55"])
        let few = CheckFixture.told { Self.failures(&$0, clients: 10) }
        #expect(few.count == 10)
        #expect(few.allSatisfy { $0.hasPrefix("tls-failure client 203.0.113.") })
    }

    @Test func `a client that fails more often stays its own`() {
        let found = CheckFixture.told {
            Self.failures(&$0, clients: 80)
            Self.failures(&$0, clients: 1, each: 6, at: 20, from: 0xC633_6407)
        }
        #expect(Set(found) == ["tls-failure client 80 clients 80", "tls-failure client 198.51.100.7 6"])
    }

    @Test func `a scan from everywhere is one finding, beside the client that asks far more`() {
        var fixture = CheckFixture()
        for client in UInt32(0)..<120 {
            // Within one minute of the clock each.
            for number in 0..<(client == 7 ? 900 : 20) {
                let time = Double(client % 10) * 60 + Double(number % 20)
                fixture.exchange(at: time) {
                    $0.client = Endpoint(IPAddress(v4: 0xC633_6400 + client), 50_000)
                    $0.status = 404
                    $0.targetStatus = 404
                }
            }
        }
        let found = fixture.findings.filter { $0.check == "http-4xx" }
        #expect(Set(found.map { "\($0.subject) \($0.count)" }) == ["119 clients 2380", "198.51.100.7 900"])
        #expect(found.contains { $0.summary.hasPrefix("119 clients got 2,380 answers with status 404") })
    }

    @Test func `a fleet whose certificates are refused again and again is one finding, whoever else fails`() {
        var fixture = CheckFixture()
        let reason = fixture.text("ClientCertExpired")
        for attempt in 0..<15 {
            for client in UInt32(0)..<60 {
                fixture.connection(at: Double(attempt * 100) + Double(client), lasting: 0.5, .albConnection) {
                    $0.client = Endpoint(IPAddress(v4: 0xC633_640A + client), 50_000)
                    $0.peer = $0.client.address
                    $0.flags.insert(.tlsFailed)
                    $0.errorReason = reason
                }
            }
        }
        Self.failures(&fixture, clients: 20)
        #expect(Set(fixture.findings.map { "\($0.subject) \($0.count)" }) == ["60 clients 900", "20 clients 20"])
        #expect(fixture.findings.contains { $0.summary.hasSuffix(": the client's certificate was refused.") })
    }

    @Test func `crowds of two hours of the clock are apart`() {
        // The fixture begins at a whole hour.
        let found = CheckFixture.told {
            Self.failures(&$0, clients: 70)
            Self.failures(&$0, clients: 90, at: 3600)
        }
        #expect(Set(found) == ["tls-failure client 70 clients 70", "tls-failure client 90 clients 90"])
        let quiet = CheckFixture.told {
            Self.failures(&$0, clients: 70)
            Self.failures(&$0, clients: 8, at: 3600)
        }
        #expect(quiet.count == 9)
    }

    @Test func `malformed requests of many scanners are one finding`() {
        var fixture = CheckFixture()
        let text = fixture.text("Severe:BadUri")
        for client in UInt32(0)..<12 {
            fixture.exchange(at: Double(client)) {
                $0.client = Endpoint(IPAddress(v4: 0xCB00_7100 + client), 50_000)
                $0.classification = text
            }
        }
        #expect(
            fixture.findings.map(\.summary) == [
                "Desync mitigation classified 12 requests of 12 clients as severe within 11 s."
            ])
    }

    /// One long connection of each of many devices, and of others `each` at once, all within one hour.
    private static func devices(
        _ fixture: inout CheckFixture, _ clients: UInt32, each: Int = 1, from address: UInt32 = 0xCB00_0000,
        port: UInt16 = 8883
    ) {
        for client in 0..<clients {
            for number in 0..<each {
                fixture.connection(at: Double(client) + Double(number) * 40, lasting: 400, .nlb) {
                    $0.client = Endpoint(IPAddress(v4: address + client), 50_000)
                    $0.peer = $0.client.address
                    $0.server.port = port
                }
            }
        }
    }

    @Test func `long connections of up to a hundred clients stay theirs`() {
        let found = CheckFixture.told { Self.devices(&$0, 100) }
        #expect(found.count == 100)
        #expect(found.allSatisfy { $0.hasPrefix("long-connection client 203.0.0.") })
    }

    @Test func `long connections that are the habit of a service's clients are one finding of an hour`() {
        var fixture = CheckFixture()
        Self.devices(&fixture, 2548)
        #expect(fixture.findings.map(\.subject) == ["2,548 clients"])
        #expect(
            fixture.findings.map(\.summary) == [
                "2,548 clients held 2,548 connections longer than 5 min, the longest 6 min 40 s."
            ])
        // Who has six at once where the others have one, and those of another service, are told by themselves.
        let found = CheckFixture.told {
            Self.devices(&$0, 2548)
            Self.devices(&$0, 2, each: 6, from: 0xC633_6407)
            Self.devices(&$0, 2, from: 0xC633_6417, port: 443)
        }
        #expect(
            Set(found) == [
                "long-connection client 2,548 clients 2548", "long-connection client 198.51.100.7 6",
                "long-connection client 198.51.100.8 6", "long-connection client 198.51.100.23 1",
                "long-connection client 198.51.100.24 1",
            ])
    }

    @Test func `who has more than five long connections stays alone unless half of the crowd have nearly as many`() {
        // Gateways with three each: up to twelve are nothing else.
        let found = CheckFixture.told {
            Self.devices(&$0, 200, each: 3)
            Self.devices(&$0, 1, each: 12, from: 0xC633_6407)
            Self.devices(&$0, 1, each: 13, from: 0xC633_6408)
        }
        #expect(Set(found) == ["long-connection client 201 clients 612", "long-connection client 198.51.100.8 13"])
    }
}
