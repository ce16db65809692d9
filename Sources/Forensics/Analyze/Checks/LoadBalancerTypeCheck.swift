import ForensicsModel

/// Which type of load balancer the evidence shows.
package enum LoadBalancerTypeCheck: Check {
    package static let description = CheckDescription(
        name: "load-balancer-type",
        severity: .info,
        title: "Which type of load balancer the evidence shows",
        meaning:
            "The kind of the log, or marks that only one type leaves in packets.",
        method:
            "access logs tell their type; in captures X-Amzn-Trace-Id together with X-Forwarded-For and the "
            + "health checker ELB-HealthChecker/2.0 speak for an Application, the health checker 1.0 and PROXY "
            + "version 1 for a Classic, PROXY version 2 for a Network, GENEVE for a Gateway Load Balancer.",
        caveat:
            "another proxy speaks PROXY, or forwards headers of a load balancer further up. HTTP health "
            + "checks of a Network Load Balancer look like those of an Application Load Balancer.",
        unit: .none)

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        var reasons: [String] = []
        if episode.tags & LoadBalancerEvidence.Reason.log != 0 { reasons.append("its log") }
        if episode.tags & LoadBalancerEvidence.Reason.traceHeader != 0 { reasons.append("X-Amzn-Trace-Id") }
        if episode.tags & LoadBalancerEvidence.Reason.healthChecker != 0 { reasons.append("its health checker") }
        if episode.tags & LoadBalancerEvidence.Reason.proxyVersion1 != 0 { reasons.append("PROXY version 1") }
        if episode.tags & LoadBalancerEvidence.Reason.proxyVersion2 != 0 { reasons.append("PROXY version 2") }
        if episode.tags & LoadBalancerEvidence.Reason.geneve != 0 { reasons.append("GENEVE") }
        let records = Wording.count(episode.count, "record")
        return
            "\(records) \(episode.count == 1 ? "speaks" : "speak") for the type \(subject): \(reasons.joined(separator: ", "))."
    }
}
