package import ForensicsModel

/// TLS handshakes failed.
package enum TLSFailureCheck: Check {
    package static let description = CheckDescription(
        name: "tls-failure",
        severity: .notice,
        title: "TLS handshakes failed",
        meaning:
            "Client and load balancer (or target) could not agree: no common version or cipher, an expired or "
            + "unknown certificate, a client certificate that was refused, a port that speaks no TLS, or a scanner.",
        method:
            "connections marked as failed in their TLS handshake, by client; where clients refuse the certificate, by the "
            + "name that they asked for, else by server. In captures: an alert that ends the "
            + "handshake, or a server that closes, resets or answers something else instead of its hello; in logs of "
            + "Network Load Balancers the alert that the client sent is told, in those of ALB connections why its "
            + "certificate was refused. A client "
            + "that refuses the certificate blames the target; of a server that ends without an alert nothing tells why, nor of those "
            + "that fail beyond 16,384 at once, and of one "
            + "that does not know the name asked for (unrecognized_name) nothing tells which of both is out of date; else the "
            + "client is blamed. Of a load balancer's connections the target is blamed, of those that may be its clients' own nobody certain. The measure is the "
            + "duration.",
        caveat:
            "the client left during the handshake for reasons of its own, or a client trusts only authorities of its "
            + "own.")

    /// What the tags of a sighting say of the end.
    private enum Ending: UInt64 {
        case unknown = 0
        /// The client refused the server's certificate, the server refused the client's, the server sent no alert.
        case certificateRefused = 1
        case clientCertificateRefused = 2
        case noAlert = 4
        case otherAlert = 8
        /// More failed at once than are followed, and nothing is known of this one.
        case notFollowed = 16
    }

    /// Clients of a fleet whose certificates are refused try again and again, each as often as the others.
    package static let crowds: ClientCrowds.Rule? = ClientCrowds.Rule(
        fewest: 10, tags: Ending.clientCertificateRefused.rawValue, factor: 4)

    /// Clients that refuse a certificate before it is more than a trust store of their own.
    private static let manyClients = 10

    package static func severity(_ episode: Episode) -> Severity {
        let isRefused = Ending(rawValue: ClientBits.own(episode.tags)) == .certificateRefused
        return isRefused && ClientBits.least(episode.tags) >= manyClients ? .warning : description.severity
    }

    package static func observe(_ event: Event, _ context: inout CheckContext) {
        if event.kind == .sslFailure { context.tlsFailures.keep(event) }
    }

    package static func observe(_ connection: Connection, _ context: inout CheckContext) {
        let failure = context.tlsFailures.take(connection.id)
        guard connection.flags.contains(.tlsFailed) else { return }
        let client = connection.namesClient ? connection.client.address : connection.peer
        let isLost = failure == nil && context.tlsFailures.refused > 0
        let ending =
            connection.kind.isCapture
            ? isLost ? .notFollowed : ending(failure) : ending(context.texts.bytes(connection.errorReason))
        let alert = ending == .otherAlert ? bit(of: failure) : 0
        let isNameUnknown = alert == bit(of: nameUnknown)
        var blame = isNameUnknown ? .unknown : blame(ending)
        if connection.role == .backend {
            // Of a client whom a load balancer hides, too.
            blame = connection.flags.contains(.clientHidden) && blame != .target ? .unknown : .target
        }
        var subject = Subject(client)
        var tags = ending.rawValue | alert
        if ending == .certificateRefused {
            // One bad certificate is one finding, however many clients meet it.
            subject = connection.domain.isNone ? Subject(connection.server) : context.subject(connection.domain)
            tags |= ClientBits.bit(of: client)
        }
        context.note(Sighting(.tlsFailure, blame, subject, connection, measure: connection.duration ?? 0, tags: tags))
    }

    private static func blame(_ ending: Ending) -> Blame {
        switch ending {
        case .certificateRefused: .target
        case .noAlert, .notFollowed: .unknown
        case .unknown, .clientCertificateRefused, .otherAlert: .client
        }
    }

    /// The alerts that a summary names, RFC 8446, section 6.2: those that tell what to look at.
    private static let named: [(description: Int64, name: String)] = [
        (112, "unrecognized_name"), (70, "protocol_version"), (40, "handshake_failure"), (71, "insufficient_security"),
        (120, "no_application_protocol"), (86, "inappropriate_fallback"), (47, "illegal_parameter"),
        (51, "decrypt_error"), (80, "internal_error"),
    ]

    /// The server knows no such name.
    private static let nameUnknown = TLSFailureTable.Failure(direction: .responder, alert: 112)

    /// The bit of an alert of one side, among those that other endings use for clients; 0 for one without a name.
    private static func bit(of failure: TLSFailureTable.Failure?) -> UInt64 {
        guard let failure, let place = named.firstIndex(where: { $0.description == failure.alert & 0xFF }) else {
            return 0
        }
        return 1 << UInt64(ClientBits.first + 2 * place + (failure.direction == .originator ? 0 : 1))
    }

    /// Which alerts were sent, where they are one or two.
    private static func alerts(_ tags: UInt64) -> String {
        let sent = [("client", Direction.originator), ("server", .responder)].flatMap { side, direction in
            named.filter { tags & bit(of: TLSFailureTable.Failure(direction: direction, alert: $0.description)) != 0 }
                .map { "the \(side) sent \($0.name)" }
        }
        return (1...2).contains(sent.count) ? ": \(sent.joined(separator: ", "))" : ""
    }

    /// What a log's reason tells: `tls-alert-48` of the client's alert (NLB), `ClientCertUntrusted` (ALB connections).
    private static func ending(_ reason: [UInt8]) -> Ending {
        if reason.starts(with: "ClientCert".utf8) { return .clientCertificateRefused }
        let prefix = "tls-alert-".utf8
        guard reason.starts(with: prefix),
            let alert = Int64(String(decoding: reason.dropFirst(prefix.count), as: UTF8.self))
        else { return .unknown }
        return isOfCertificate(alert) ? .certificateRefused : .otherAlert
    }

    private static func ending(_ failure: TLSFailureTable.Failure?) -> Ending {
        guard let failure else { return .unknown }
        if failure.alert == 0 { return .noAlert }
        guard isOfCertificate(failure.alert & 0xFF) else { return .otherAlert }
        return failure.direction == .originator ? .certificateRefused : .clientCertificateRefused
    }

    /// bad_certificate to certificate_unknown, unknown_ca, bad_certificate_status_response, certificate_required. RFC 8446,
    /// section 6.2.
    private static func isOfCertificate(_ description: Int64) -> Bool {
        switch description {
        case 42...46, 48, 113, 116: true
        default: false
        }
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let clients = ClientBits.least(episode.tags)
        let how =
            switch Ending(rawValue: ClientBits.own(episode.tags)) {
            case .certificateRefused:
                clients > 1 ? ": at least \(clients) clients refused the certificate" : ": the certificate was refused"
            case .clientCertificateRefused: ": the client's certificate was refused"
            case .noAlert: ": the server ended without an alert"
            case .otherAlert: alerts(episode.tags)
            case .notFollowed: ": more failed at once than are followed, so that who ended them is not known"
            default: ""
            }
        return
            "\(Wording.count(episode.count, "TLS handshake")) with \(subject) failed\(Wording.within(episode))\(how)."
    }
}
