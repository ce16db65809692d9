import Forensics
import ForensicsModel
import Testing

@Suite struct LogObjectNameTests {
    @Test(arguments: [
        (
            "a/123456789012_elasticloadbalancing_us-east-1_app.shop.50dc6c495c0c9188_20260317T0940Z_10.0.1.10_1a2b3c4d.log.gz",
            "app/shop/50dc6c495c0c9188", "10.0.1.10", "2026-03-17T09:35:00Z", "2026-03-17T09:40:00Z"
        ),
        (
            "123456789012_elasticloadbalancing_us-east-1_net.tls.c6e77e28c25b2234_20260317T0940Z_1a2b3c4d.log.gz",
            "net/tls/c6e77e28c25b2234", nil, "2026-03-17T09:35:00Z", "2026-03-17T09:40:00Z"
        ),
        (
            "123456789012_elasticloadbalancing_us-east-1_my_classic_20260317T1000Z_10.0.1.10_1a2b.log", "my_classic",
            "10.0.1.10", "2026-03-17T09:00:00Z", "2026-03-17T10:00:00Z"
        ),
        (
            "123456789012_vpcflowlogs_us-east-1_fl-0123456789abcdef0_20260317T0940Z_1a2b3c4d.log.gz", nil, nil,
            "2026-03-17T09:40:00Z", "2026-03-17T09:45:00Z"
        ),
    ]) func `the name of a delivered object tells load balancer, node and interval`(
        path: String, loadBalancer: String?, node: String?, from: String, to: String
    ) throws {
        let name = try #require(LogObjectName(path: path))
        #expect(name.loadBalancer == loadBalancer)
        #expect(name.node == node)
        #expect(RFC3339.secondsString(name.interval.start) == from)
        #expect(RFC3339.secondsString(name.interval.end) == to)
    }

    @Test(arguments: ["access.log.gz", "a_b_c.log", "x_elasticloadbalancing_y_20261317T0940Z_z.log", ""])
    func `other names tell nothing`(path: String) {
        #expect(LogObjectName(path: path) == nil)
    }
}
