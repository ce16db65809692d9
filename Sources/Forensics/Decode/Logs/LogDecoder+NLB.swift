import ForensicsModel

/// The columns of an NLB access log, version 2.0. AWS, "Access logs for your Network Load Balancer".
enum NLBColumn {
    static let type = 0
    static let time = 2
    static let elb = 3
    static let client = 5
    static let destination = 6
    static let connectionTime = 7
    static let tlsHandshakeTime = 8
    static let receivedBytes = 9
    static let sentBytes = 10
    static let listener = 4
    static let incomingTLSAlert = 11
    static let chosenCertARN = 12
    static let chosenCertSerial = 13
    static let tlsCipher = 14
    static let tlsProtocolVersion = 15
    static let tlsKeyExchange = 16
    static let domainName = 17
    static let alpnFrontEnd = 18
    static let alpnBackEnd = 19
    static let alpnClientPreferences = 20

    /// The columns that no property of a connection tells.
    static let details: [(name: StaticString, place: Int)] = [
        ("listener", listener), ("chosen_cert_arn", chosenCertARN), ("chosen_cert_serial", chosenCertSerial),
        ("tls_keyexchange", tlsKeyExchange), ("alpn_be_protocol", alpnBackEnd),
    ]
    /// The one whose items stand in quotes each, `"h2","http/1.1"`.
    static let list: (name: StaticString, place: Int) = ("alpn_client_preference_list", alpnClientPreferences)

    /// Lines end after `sent_bytes` at the earliest.
    static let minimum = 11

    static let names: [StaticString] = [
        "type", "version", "time", "elb", "listener", "client_port", "destination_port", "connection_time",
        "tls_handshake_time", "received_bytes", "sent_bytes", "incoming_tls_alert", "chosen_cert_arn",
        "chosen_cert_serial", "tls_cipher", "tls_protocol_version", "tls_keyexchange", "domain_name",
        "alpn_fe_protocol", "alpn_be_protocol", "alpn_client_preference_list", "tls_connection_creation_time",
    ]
}

/// NLB access logs: a line is one TLS connection, written when it ended.
///
/// `time` is the end; the start is that minus `connection_time`, which is exact to the millisecond where the
/// creation time is exact to the second.
extension LogDecoder {
    mutating func decodeNLB(
        _ bytes: Span<UInt8>, _ id: FactID, _ offset: UInt64, _ batch: inout FactBatch
    ) -> LineOutcome {
        guard hasEnoughFields(NLBColumn.minimum) else { return .rejected(.tooFewFields) }
        if isJoined(bytes, .nlb, past: NLBColumn.names.count) { return .rejected(.joinedLines) }
        let type = field(NLBColumn.type)
        if LogValue.shortName(bytes, type) != ShortName.tls, layout.isDefault || !LogValue.isAbsent(bytes, type) {
            return .rejected(.notThisFormat)
        }
        guard let end = clock.time(bytes, field(NLBColumn.time)) else { return .rejected(.badTime) }
        guard isWanted(end) else { return .ignored(.outOfRange) }
        guard let client = clientEndpoint(bytes, field(NLBColumn.client)),
            let server = clientEndpoint(bytes, field(NLBColumn.destination))
        else { return .rejected(.badAddress) }
        var connection = Connection(
            id: id, offset: offset, kind: .nlb, start: end, end: end, client: client, server: server)
        if let reason = readNLBNumbers(bytes, &connection) { return .rejected(reason) }
        connection.service = .tls
        connection.insert(flags.startSeen | flags.endSeen)
        connection.loadBalancer = text(bytes, column: NLBColumn.elb, &batch.texts)
        connection.domain = text(bytes, column: NLBColumn.domainName, &batch.texts, .percentEncodedDomain)
        connection.errorReason = alert(bytes, field(NLBColumn.incomingTLSAlert), &batch.texts)
        connection.tlsVersion = tlsVersion(bytes, field(NLBColumn.tlsProtocolVersion))
        if options.columns.contains(.tls) {
            connection.tlsCipher = text(bytes, column: NLBColumn.tlsCipher, &batch.texts)
        }
        if options.columns.contains(.rows) {
            connection.alpn = text(bytes, column: NLBColumn.alpnFrontEnd, &batch.texts)
            connection.details = nlbDetails(bytes, &batch.texts)
        }
        if layout.isDefault, line.count > NLBColumn.names.count { note(.unknownTailFields) }
        if !layout.extras.isEmpty { note(.unknownTailFields) }
        batch.connections.append(connection)
        return .accepted(end)
    }

    /// The details of a row. Rows repeat them: those of one combination of texts are written once.
    private mutating func nlbDetails(_ bytes: Span<UInt8>, _ texts: inout TextTable) -> TextID {
        let known = NLBColumn.names.count
        guard layout.isDefault, line.count <= known, memo.isEnabled else {
            return connectionDetails(bytes, NLBColumn.details, list: NLBColumn.list, past: known, &texts)
        }
        var key = LogDetailsMemo.Key()
        key.add(text(bytes, column: NLBColumn.listener, &texts))
        key.add(text(bytes, column: NLBColumn.chosenCertARN, &texts))
        key.add(text(bytes, column: NLBColumn.chosenCertSerial, &texts))
        key.add(text(bytes, column: NLBColumn.tlsKeyExchange, &texts))
        key.add(text(bytes, column: NLBColumn.alpnBackEnd, &texts))
        key.add(text(bytes, column: NLBColumn.alpnClientPreferences, &texts))
        if let known = details[key] { return known }
        let id = connectionDetails(bytes, NLBColumn.details, list: NLBColumn.list, past: known, &texts)
        details[key] = id
        return id
    }

    /// Reads the times, in milliseconds, and the bytes.
    @inline(__always)
    private mutating func readNLBNumbers(_ bytes: Span<UInt8>, _ connection: inout Connection) -> RejectReason? {
        switch milliseconds(bytes, field(NLBColumn.connectionTime)) {
        case .nanoseconds(let value):
            connection.duration = value
            connection.start = connection.end.advanced(by: -value)
        case .malformed: return .badNumber
        case .negative, .absent: break
        }
        switch milliseconds(bytes, field(NLBColumn.tlsHandshakeTime)) {
        case .nanoseconds(let value): connection.tlsHandshake = value
        case .malformed: return .badNumber
        // No handshake was finished: the only listeners that are logged speak TLS.
        case .negative, .absent: connection.insert(flags.tlsFailed)
        }
        switch LogValue.count(bytes, field(NLBColumn.receivedBytes)) {
        case .value(let value): connection.bytesFromClient = value
        case .absent: break
        case .malformed: return .badNumber
        }
        switch LogValue.count(bytes, field(NLBColumn.sentBytes)) {
        case .value(let value): connection.bytesFromServer = value
        case .absent: break
        case .malformed: return .badNumber
        }
        return nil
    }

    @inline(__always)
    private func milliseconds(_ bytes: Span<UInt8>, _ range: Range<Int>) -> LogValue.Seconds {
        switch LogValue.number(bytes, range) {
        // More than a century is no duration of a connection.
        case .value(let value):
            return value > 4_000_000_000_000 ? .malformed : .nanoseconds(Int64(value) &* 1_000_000)
        case .absent: return .absent
        case .malformed:
            if case .negative = LogValue.seconds(bytes, range) { return .negative }
            return .malformed
        }
    }

    /// The alert that the client sent, as `tls-alert-<number>`.
    private mutating func alert(_ bytes: Span<UInt8>, _ range: Range<Int>, _ texts: inout TextTable) -> TextID {
        if LogValue.isAbsent(bytes, range) { return absent }
        guard let number = LogValue.unsigned(bytes, range), number <= 255 else {
            note(.badOptionalField)
            return absent
        }
        scratch.removeAll(keepingCapacity: true)
        for byte in ("tls-alert-" as StaticString).description.utf8 { scratch.append(byte) }
        for index in range { scratch.append(bytes[index]) }
        return texts.intern(scratch)
    }
}
