/// The lines of ALB access logs: 36 fields.
struct ALBAccessLog {
    private var random: SeededGenerator

    private static let certificate =
        "arn:aws:acm:us-east-1:123456789012:certificate/5d0e9c1f-41b7-4b8a-8f0e-77b1c2a9d3e4"
    private static let ciphers: [(cipher: String, version: String)] = [
        ("TLS_AES_128_GCM_SHA256", "TLSv1.3"), ("ECDHE-RSA-AES128-GCM-SHA256", "TLSv1.2"),
    ]

    init(seed: UInt64) { random = SeededGenerator(seed: seed, stream: "alb log") }

    /// Returns the objects that the two nodes deliver, one for every five minutes.
    mutating func objects(of requests: [ALBRequest]) -> [LogObject] {
        var objects: [LogObject] = []
        let name = Scenario.alb.replacing("/", with: ".")
        for end in stride(from: 300, through: 3600, by: 300) {
            let delivery = Scenario.start + .seconds(end)
            for node in 0..<2 {
                let rows = requests.filter { $0.connection.node == node && $0.time.deliveryEnd == delivery }
                let address = Scenario.albPublicNodes[node]
                objects.append(
                    LogObject(
                        name: "\(name)_\(delivery.objectStamp)_\(address)_\(random.hex(8)).log.gz",
                        lines: rows.map { line(of: $0) }))
            }
        }
        return objects
    }

    private func line(of request: ALBRequest) -> String {
        let connection = request.connection
        let target = request.target.map { "\(Scenario.targets[$0].text):\(request.targetPort)" } ?? "-"
        let status = request.targetStatus.map(String.init) ?? "-"
        let suite = Self.ciphers[connection.cipher]
        let certificate = connection.sessionReused ? "session-reused" : Self.certificate
        var fields = [request.type, request.time.albText, Scenario.alb]
        fields.append("\(connection.client.text):\(connection.port)")
        fields.append(target)
        fields += [seconds(request.requestPhase), seconds(request.targetPhase), seconds(request.responsePhase)]
        fields += ["\(request.status)", status, "\(request.receivedBytes)", "\(request.sentBytes)"]
        fields.append(quoted("\(request.method) \(request.url) \(request.version)"))
        fields.append(quoted(request.userAgent))
        fields += connection.isTLS ? [suite.cipher, suite.version] : ["-", "-"]
        fields.append(targetGroup(of: request))
        fields.append(quoted(request.method == "-" ? "-" : request.trace))
        fields += [quoted(connection.isTLS ? connection.domain : "-"), quoted(connection.isTLS ? certificate : "-")]
        fields += [request.rulePriority, request.creation.albText, quoted(request.actions), quoted(request.redirect)]
        fields += [quoted("-"), quoted(target), quoted(status)]
        fields += [quoted(request.classification), quoted(request.classificationReason), connection.traceID]
        fields += [quoted("-"), quoted("-"), quoted("-"), Scenario.albPublicNodes[connection.node]]
        fields += [quoted("-"), quoted("-")]
        return fields.joined(separator: " ")
    }

    /// A malformed request line keeps its own shape: `- http://name:80- -`.
    private func quoted(_ text: String) -> String {
        "\"" + text.replacing("\"", with: "\\x22") + "\""
    }

    private func seconds(_ milliseconds: Int) -> String {
        milliseconds < 0 ? "-1" : "\(milliseconds / 1000).\(padded(milliseconds % 1000, 3))"
    }

    private func targetGroup(of request: ALBRequest) -> String {
        guard request.actions.hasSuffix("forward") else { return "-" }
        let prefix = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup"
        switch request.connection.domain {
        case ALBTraffic.checkout: return "\(prefix)/shop-checkout/73e2d6bc24d8a067"
        case ALBTraffic.beta: return "\(prefix)/shop-beta/0c4f1e8ab2d95736"
        default: return "\(prefix)/shop-web/1f9b6a30c7e4d852"
        }
    }
}
