/// The lines of NLB TLS access logs, version 2.0: 22 fields, times without zone or fraction.
struct NLBAccessLog {
    private var random: SeededGenerator

    private static let certificate =
        "arn:aws:acm:us-east-1:123456789012:certificate/0b7a3c52-6e1d-4f0e-9a35-2f9d4c81b7e6"
    private static let ciphers: [(cipher: String, version: String, exchange: String)] = [
        ("TLS_AES_128_GCM_SHA256", "tlsv13", "x25519"),
        ("ECDHE-RSA-AES128-GCM-SHA256", "tlsv12", "secp256r1"),
        ("TLS_AES_256_GCM_SHA384", "tlsv13", "X25519MLKEM768"),
    ]

    init(seed: UInt64) { random = SeededGenerator(seed: seed, stream: "nlb log") }

    /// Returns the objects that the two nodes deliver, one for every five minutes.
    mutating func objects(of connections: [NLBConnection]) -> [LogObject] {
        var objects: [LogObject] = []
        let name = Scenario.nlb.replacing("/", with: ".")
        for end in stride(from: 300, through: 3600, by: 300) {
            let delivery = Scenario.start + .seconds(end)
            for node in 0..<2 {
                let rows = connections.filter { $0.node == node && $0.end.deliveryEnd == delivery }
                let lines = rows.map { line(of: $0) }
                objects.append(
                    LogObject(name: "\(name)_\(delivery.objectStamp)_\(random.hex(8)).log.gz", lines: lines))
            }
        }
        return objects
    }

    private func line(of connection: NLBConnection) -> String {
        let service = Scenario.services[connection.service]
        let failed = connection.ending == .noHandshake
        let suite = Self.ciphers[connection.cipher]
        let received = connection.exchanges.reduce(0) { $0 + $1.requestLength }
        let answered = connection.ending != .unanswered
        let sent = answered ? connection.exchanges.reduce(0) { $0 + $1.answerLength } : 0
        let alert = failed ? (connection.clientPort % 3 == 0 ? "48" : "-") : "-"
        let fields = [
            "tls", "2.0", connection.end.nlbText, Scenario.nlb, service.listener,
            "\(connection.client.text):\(connection.clientPort)",
            "\(Scenario.nlbNodes[connection.node].text):\(service.listenerPort)",
            "\(connection.durationMilliseconds)", failed ? "-" : "\(connection.handshakeMilliseconds)",
            "\(received)", "\(sent)", alert, Self.certificate, "-",
            failed ? "-" : suite.cipher, failed ? "-" : suite.version, failed ? "-" : suite.exchange,
            service.domain, failed ? "-" : "http/1.1", failed ? "-" : "http/1.1",
            #""h2","http/1.1""#, connection.start.nlbText,
        ]
        return fields.joined(separator: " ")
    }
}

/// One object that a load balancer delivers: its name without account and region, and its lines.
struct LogObject {
    var name: String
    var lines: [String]
}
