import ForensicsDecode
import ForensicsModel

/// What a log was decoded to, in the words of the oracle: a dictionary a line.
struct LogsRendering {
    var batch = FactBatch()
    var tally = LedgerTally()
    var lineCount: UInt32 = 0

    /// Decodes a log in stretches of whole lines of about `chunk` bytes.
    init(
        _ log: [UInt8], _ kind: EvidenceKind, header: LogHeader? = nil, options: LogOptions = LogOptions(),
        chunk: Int = .max
    ) {
        var decoder = LogDecoder(kind: kind, header: header, options: options)
        var position = 0
        while position < log.count {
            var end = chunk > log.count - position ? log.count : position + chunk
            while end < log.count, log[end - 1] != 0x0A { end += 1 }
            lineCount += decoder.decode(
                log.span,
                LogStretch(position..<end, source: 7, firstRecord: lineCount + 1, offset: UInt64(position)),
                into: &batch, tally: &tally)
            position = end
        }
    }

    /// The accepted lines by record, told as the oracle tells them, without their anomalies.
    var accepted: [UInt32: [String: String]] {
        var rows: [UInt32: [String: String]] = [:]
        for exchange in batch.exchanges { rows[exchange.id.record] = row(exchange) }
        for connection in batch.connections { rows[connection.id.record] = row(connection) }
        for check in batch.healthChecks { rows[check.id.record] = row(check) }
        for record in batch.flowRecords { rows[record.id.record] = row(record) }
        return rows
    }

    /// A text, each byte as the character of its value.
    func text(_ id: TextID) -> String? { id.isNone ? nil : Self.latin(batch.texts.bytes(id)) }

    static func latin(_ bytes: [UInt8]) -> String {
        var text = ""
        for byte in bytes { text.unicodeScalars.append(Unicode.Scalar(byte)) }
        return text
    }

    func place(_ endpoint: Endpoint) -> String { "\(endpoint.address) \(endpoint.port)" }

    private func number(_ value: (some BinaryInteger)?) -> String? { value.map { "\($0)" } }

    private func row(_ exchange: Exchange) -> [String: String] {
        var row: [String: String?] = [
            "fact": "exchange", "kind": exchange.kind.name, "offset": number(exchange.offset),
            "time": number(exchange.time.nanoseconds), "start": number(exchange.start?.nanoseconds),
            "client": place(exchange.client), "target": exchange.target.map(place), "scheme": exchange.scheme.name,
            "httpVersion": exchange.httpVersion.name, "tlsVersion": exchange.tlsVersion.name,
            "blame": exchange.blame.name, "cause": exchange.cause.name, "status": number(exchange.status),
            "targetStatus": number(exchange.targetStatus),
        ]
        let texts: [String: TextID] = [
            "loadBalancer": exchange.loadBalancer, "node": exchange.node, "targetGroup": exchange.targetGroup,
            "domain": exchange.domain, "method": exchange.method, "userAgent": exchange.userAgent,
            "tlsCipher": exchange.tlsCipher, "errorReason": exchange.errorReason, "actions": exchange.actions,
            "classification": exchange.classification, "extra": exchange.extra,
            "certificate": exchange.certificate, "details": exchange.details,
        ]
        for (name, id) in texts { row[name] = text(id) }
        row["path"] = path(exchange)
        row["trace"] = trace(exchange.trace)
        if exchange.kind == .alb { row["traceKey"] = number(exchange.traceKey) }
        row["rulePriority"] = number(exchange.rulePriority)
        row["requestTime"] = number(exchange.requestTime)
        row["targetTime"] = number(exchange.targetTime)
        row["responseTime"] = number(exchange.responseTime)
        row["totalTime"] = number(exchange.totalTime)
        row["bytesFromClient"] = number(exchange.bytesFromClient)
        row["bytesFromServer"] = number(exchange.bytesFromServer)
        let flags: [(ExchangeFlags, String)] = [
            (.healthCheck, "healthCheck"), (.negativeRequestTime, "negativeRequestTime"),
            (.negativeResponseTime, "negativeResponseTime"), (.negativeTargetTime, "negativeTargetTime"),
            (.upgraded, "upgraded"),
        ]
        let names = flags.filter { exchange.flags.contains($0.0) }.map(\.1)
        row["flags"] = names.isEmpty ? nil : names.joined(separator: ",")
        return row.compactMapValues { $0 }
    }

    /// The whole path, with whatever its template left out.
    private func path(_ exchange: Exchange) -> String? {
        guard let template = text(exchange.pathTemplate) else { return nil }
        switch exchange.pathArgument {
        case .none: return template
        case .number(let value): return template.replacing("{id}", with: "\(value)", maxReplacements: 1)
        case .text(let id): return template.replacing("{id}", with: text(id) ?? "", maxReplacements: 1)
        case .whole(let id): return text(id)
        }
    }

    private func trace(_ trace: TraceID) -> String? {
        switch trace {
        case .none: return nil
        case .text(let id): return text(id)
        case .root(let high, let low):
            let digits = hex(high) + hex(low)
            return "Root=1-\(digits.prefix(8))-\(digits.dropFirst(8))"
        }
    }

    private func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private func row(_ connection: Connection) -> [String: String] {
        var row: [String: String?] = [
            "fact": "connection", "kind": connection.kind.name, "offset": number(connection.offset),
            "start": number(connection.start.nanoseconds), "end": number(connection.end.nanoseconds),
            "duration": number(connection.duration), "client": place(connection.client),
            "server": place(connection.server), "service": connection.service.name,
            "tlsVersion": connection.tlsVersion.name, "tlsCipher": text(connection.tlsCipher),
            "alpn": text(connection.alpn), "domain": text(connection.domain),
            "errorReason": text(connection.errorReason), "loadBalancer": text(connection.loadBalancer),
            "node": text(connection.node), "tlsHandshake": number(connection.tlsHandshake),
            "bytesFromClient": number(connection.bytesFromClient),
            "bytesFromServer": number(connection.bytesFromServer), "details": text(connection.details),
        ]
        if connection.kind == .albConnection { row["traceKey"] = number(connection.traceKey) }
        let flags: [(ConnectionFlags, String)] = [
            (.endSeen, "endSeen"), (.startSeen, "startSeen"), (.tlsFailed, "tlsFailed"),
        ]
        row["flags"] = flags.filter { connection.flags.contains($0.0) }.map(\.1).joined(separator: ",")
        return row.compactMapValues { $0 }
    }

    private func row(_ check: HealthCheck) -> [String: String] {
        let row: [String: String?] = [
            "fact": "health", "kind": check.kind.name, "offset": number(check.offset),
            "time": number(check.time.nanoseconds), "outcome": check.outcome.name, "latency": number(check.latency),
            "status": number(check.status), "target": check.target.map(place), "targetName": text(check.targetName),
            "targetGroup": text(check.targetGroup), "reason": text(check.reason),
            "loadBalancer": text(check.loadBalancer), "node": text(check.node),
        ]
        return row.compactMapValues { $0 }
    }

    private func row(_ record: FlowRecord) -> [String: String] {
        let row: [String: String?] = [
            "fact": "flow", "offset": number(record.offset), "version": number(record.version),
            "start": number(record.start?.nanoseconds), "end": number(record.end?.nanoseconds),
            "source": record.source.map { "\($0)" }, "destination": record.destination.map { "\($0)" },
            "sourcePort": number(record.sourcePort), "destinationPort": number(record.destinationPort),
            "ipProtocol": number(record.ipProtocol), "packets": number(record.packets), "bytes": number(record.bytes),
            "action": record.hasAction ? (record.isReject ? "REJECT" : "ACCEPT") : nil,
            "account": text(record.account), "interface": text(record.interface), "vpc": text(record.vpc),
            "subnet": text(record.subnet), "instance": text(record.instance), "zone": text(record.zone),
            "sourceService": text(record.sourceService), "destinationService": text(record.destinationService),
            "rejectReason": text(record.rejectReason), "interfaceType": text(record.interfaceType),
            "tcpFlags": number(record.tcpFlags), "trafficPath": number(record.trafficPath),
            "packetSource": record.packetSource.map { "\($0)" },
            "packetDestination": record.packetDestination.map { "\($0)" },
            "isIngress": record.isIngress.map { "\($0)" }, "extra": text(record.extra),
        ]
        return row.compactMapValues { $0 }
    }
}
