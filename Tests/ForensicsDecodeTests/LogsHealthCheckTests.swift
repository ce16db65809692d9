import ForensicsDecode
import ForensicsModel
import Testing

/// Requests of an access log that are health checks of a load balancer in front: an agent alone makes none.
@Suite struct LogsHealthCheckTests {
    private static func alb(_ client: String, _ agent: String) -> String {
        "http 2026-03-17T09:00:00.000000Z app/a/1 \(client):40000 10.0.0.1:80 0.000 0.001 0.000 200 200 5 5 "
            + "\"GET http://10.0.1.7:80/health HTTP/1.1\" \"\(agent)\" - -"
    }

    private static func clb(_ client: String, _ agent: String) -> String {
        "2026-03-17T09:00:00.000000Z lb \(client):40000 10.0.0.1:80 0.0001 0.001 0.0001 200 200 5 5 "
            + "\"GET http://10.0.1.7:80/health HTTP/1.1\" \"\(agent)\" - -"
    }

    /// RFC 1918, 6598, 3927, 4193 and 4291: where the nodes of a load balancer can stand.
    @Test(arguments: [
        ("10.0.1.5", true), ("172.16.0.1", true), ("172.31.255.255", true), ("192.168.9.9", true),
        ("100.64.0.1", true), ("169.254.7.7", true), ("fd00::5", true), ("fe80::5", true),
        ("203.0.113.9", false), ("172.32.0.1", false), ("100.128.0.1", false), ("2001:db8::5", false),
    ])
    func `a check comes from an address that a load balancer can have`(client: String, isCheck: Bool) {
        for agent in ["ELB-HealthChecker/2.0", "ELB-HealthChecker/1.0"] {
            let requests = LogsRendering(Array(Self.alb(client, agent).utf8), .alb).batch.exchanges
            #expect(requests.map { $0.flags.contains(.healthCheck) } == [isCheck])
            let classic = LogsRendering(Array(Self.clb(client, agent).utf8), .clb).batch.exchanges
            #expect(classic.map { $0.flags.contains(.healthCheck) } == [isCheck])
        }
    }

    @Test func `a named load balancer may have any address`() throws {
        let options = LogOptions(loadBalancers: [try #require(IPNetwork("203.0.113.0/29"))])
        for (client, isCheck) in [("203.0.113.7", true), ("203.0.113.9", false)] {
            let line = Array(Self.alb(client, "ELB-HealthChecker/2.0").utf8)
            let requests = LogsRendering(line, .alb, options: options).batch.exchanges
            #expect(requests.map { $0.flags.contains(.healthCheck) } == [isCheck])
        }
    }

    @Test func `no other agent makes a check`() {
        for agent in ["curl/8", "xELB-HealthChecker/2.0", "ELB-HealthChecker"] {
            let requests = LogsRendering(Array(Self.alb("10.0.1.5", agent).utf8), .alb).batch.exchanges
            #expect(requests.map { $0.flags.contains(.healthCheck) } == [false])
        }
    }
}
