import ForensicsModel

/// The columns of an ALB connection log. AWS, "Connection logs for your Application Load Balancer".
enum ALBConnectionColumn {
    static let time = 0
    static let clientIP = 1
    static let clientPort = 2
    static let listenerPort = 3
    static let tlsProtocol = 4
    static let tlsCipher = 5
    static let tlsHandshakeLatency = 6
    static let leafClientCertSubject = 7
    static let leafClientCertValidity = 8
    static let leafClientCertSerialNumber = 9
    static let tlsVerifyStatus = 10
    static let connTraceID = 11
    static let tlsKeyExchange = 12
    static let elb = 13
    static let ipAddress = 14

    /// The columns that no property of a connection tells.
    static let details: [(name: StaticString, place: Int)] = [
        ("leaf_client_cert_subject", leafClientCertSubject), ("leaf_client_cert_validity", leafClientCertValidity),
        ("leaf_client_cert_serial_number", leafClientCertSerialNumber), ("tls_keyexchange", tlsKeyExchange),
    ]

    /// The columns through the handshake latency; AWS's own examples have twelve of fifteen.
    static let minimum = 7

    static let names: [StaticString] = [
        "time", "client_ip", "client_port", "listener_port", "tls_protocol", "tls_cipher", "tls_handshake_latency",
        "leaf_client_cert_subject", "leaf_client_cert_validity", "leaf_client_cert_serial_number",
        "tls_verify_status", "conn_trace_id", "tls_keyexchange", "elb", "ip_address",
    ]
}

/// ALB connection logs: a line is one attempt to connect, written when the connection stood or failed.
///
/// Start and end are that time and there is no duration: the log does not tell when the connection closed. The server
/// is the listener's port at an address that the log does not name.
extension LogDecoder {
    mutating func decodeALBConnection(
        _ bytes: Span<UInt8>, _ id: FactID, _ offset: UInt64, _ batch: inout FactBatch
    ) -> LineOutcome {
        guard hasEnoughFields(ALBConnectionColumn.minimum) else { return .rejected(.tooFewFields) }
        if isJoined(bytes, .albConnection, past: ALBConnectionColumn.names.count) { return .rejected(.joinedLines) }
        guard let time = clock.time(bytes, field(ALBConnectionColumn.time)) else { return .rejected(.badTime) }
        guard isWanted(time) else { return .ignored(.outOfRange) }
        let clientField = field(ALBConnectionColumn.clientIP)
        let address = LogValue.address(bytes, clientField)
        if address == nil, !LogValue.isAbsent(bytes, clientField) { return .rejected(.badAddress) }
        guard let clientPort = port(bytes, field(ALBConnectionColumn.clientPort)),
            let listenerPort = port(bytes, field(ALBConnectionColumn.listenerPort))
        else { return .rejected(.badNumber) }
        var connection = Connection(
            id: id, offset: offset, kind: .albConnection, start: time, end: time,
            client: Endpoint(address ?? .unspecified, clientPort), server: Endpoint(.unspecified, listenerPort))
        connection.insert(flags.startSeen)
        connection.tlsVersion = tlsVersion(bytes, field(ALBConnectionColumn.tlsProtocol))
        connection.tlsCipher = text(bytes, field(ALBConnectionColumn.tlsCipher), &batch.texts)
        let isTLS = !LogValue.isAbsent(bytes, field(ALBConnectionColumn.tlsProtocol))
        connection.service = isTLS ? .tls : .http
        switch LogValue.seconds(bytes, field(ALBConnectionColumn.tlsHandshakeLatency)) {
        case .nanoseconds(let value): connection.tlsHandshake = value
        case .malformed: return .rejected(.badNumber)
        case .negative, .absent: if isTLS { connection.insert(flags.tlsFailed) }
        }
        readVerifyStatus(bytes, &connection, &batch.texts)
        connection.traceKey = traceKey(bytes, field(ALBConnectionColumn.connTraceID))
        connection.loadBalancer = text(bytes, field(ALBConnectionColumn.elb), &batch.texts)
        connection.node = text(bytes, field(ALBConnectionColumn.ipAddress), &batch.texts)
        if layout.isDefault ? line.count > ALBConnectionColumn.names.count : !layout.extras.isEmpty {
            note(.unknownTailFields)
        }
        if options.columns.contains(.rows) {
            connection.details = connectionDetails(
                bytes, ALBConnectionColumn.details, past: ALBConnectionColumn.names.count, &batch.texts)
        }
        batch.connections.append(connection)
        return .accepted(time)
    }

    /// `Success`, `Failed:<code>`, or a dash.
    private mutating func readVerifyStatus(
        _ bytes: Span<UInt8>, _ connection: inout Connection, _ texts: inout TextTable
    ) {
        let status = field(ALBConnectionColumn.tlsVerifyStatus)
        if LogValue.isAbsent(bytes, status) || LogValue.shortName(bytes, status) == ShortName.success { return }
        let hasPrefix =
            status.count > 7 && ByteWord.prefix(ByteWord.load(bytes, status.lowerBound), 7) == ShortName.failedPrefix
        if !hasPrefix { note(.unknownValue) }
        let code = hasPrefix ? (status.lowerBound + 7)..<status.upperBound : status
        connection.errorReason = text(bytes, code, &texts)
        connection.insert(flags.tlsFailed)
    }

    /// A port number; 0 where it is absent, `nil` where it is none.
    @inline(__always)
    func port(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt16? {
        switch LogValue.number(bytes, range) {
        case .value(let value): value <= 0xFFFF ? UInt16(truncatingIfNeeded: value) : nil
        case .absent: 0
        case .malformed: nil
        }
    }
}
