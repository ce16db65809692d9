import ForensicsModel

/// The columns of an ALB health check log. AWS, "Health check logs for your Application Load Balancer".
enum ALBHealthCheckColumn {
    static let type = 0
    static let time = 1
    static let latency = 2
    static let targetAddress = 3
    static let targetGroup = 4
    static let status = 5
    static let statusCode = 6
    static let reasonCode = 7
    static let elb = 8
    static let ipAddress = 9

    /// AWS's own examples have eight columns.
    static let minimum = 8

    static let names: [StaticString] = [
        "type", "time", "latency", "target_addr", "target_group_id", "status", "status_code", "reason_code", "elb",
        "ip_address",
    ]
}

/// ALB health check logs: a line is one check of one target by one node. `time` is when it began.
extension LogDecoder {
    mutating func decodeALBHealthCheck(
        _ bytes: Span<UInt8>, _ id: FactID, _ offset: UInt64, _ batch: inout FactBatch
    ) -> LineOutcome {
        guard hasEnoughFields(ALBHealthCheckColumn.minimum) else { return .rejected(.tooFewFields) }
        if isJoined(bytes, .albHealthCheck, past: ALBHealthCheckColumn.names.count) { return .rejected(.joinedLines) }
        guard let passed = hasPassed(bytes) else { return .rejected(.notThisFormat) }
        guard let time = clock.time(bytes, field(ALBHealthCheckColumn.time)) else { return .rejected(.badTime) }
        guard isWanted(time) else { return .ignored(.outOfRange) }
        let reason = field(ALBHealthCheckColumn.reasonCode)
        let outcome: HealthCheck.Outcome = passed ? .success : isTimeout(bytes, reason) ? .timeout : .failure
        var check = HealthCheck(
            id: id, offset: offset, kind: .albHealthCheck, probe: .log, outcome: outcome, time: time)
        switch LogValue.seconds(bytes, field(ALBHealthCheckColumn.latency)) {
        case .nanoseconds(let value): check.latency = value
        case .malformed: return .rejected(.badNumber)
        case .negative, .absent: break
        }
        switch LogValue.number(bytes, field(ALBHealthCheckColumn.statusCode)) {
        // HTTP codes have three digits, gRPC codes one or two.
        case .value(let value) where value <= 999: check.status = UInt16(truncatingIfNeeded: value)
        case .absent: break
        case .value, .malformed: return .rejected(.badStatus)
        }
        let target = field(ALBHealthCheckColumn.targetAddress)
        check.target = LogValue.endpoint(bytes, target)
        if check.target == nil { check.targetName = text(bytes, target, &batch.texts) }
        check.targetGroup = text(bytes, field(ALBHealthCheckColumn.targetGroup), &batch.texts)
        check.reason = text(bytes, reason, &batch.texts)
        check.loadBalancer = text(bytes, field(ALBHealthCheckColumn.elb), &batch.texts)
        check.node = text(bytes, field(ALBHealthCheckColumn.ipAddress), &batch.texts)
        noteUnknownCheck(bytes)
        batch.healthChecks.append(check)
        return .accepted(time)
    }

    /// Whether the check passed; `nil` if the column says neither.
    private func hasPassed(_ bytes: Span<UInt8>) -> Bool? {
        switch LogValue.shortName(bytes, field(ALBHealthCheckColumn.status)) {
        case ShortName.pass: true
        case ShortName.fail: false
        default: nil
        }
    }

    /// `TimedOut`, and the two codes that it replaced.
    private func isTimeout(_ bytes: Span<UInt8>, _ reason: Range<Int>) -> Bool {
        LogValue.isExactly(bytes, reason, "TimedOut") || LogValue.isExactly(bytes, reason, "RequestTimedOut")
            || LogValue.isExactly(bytes, reason, "ConnectionTimedOut")
    }

    private mutating func noteUnknownCheck(_ bytes: Span<UInt8>) {
        let type = field(ALBHealthCheckColumn.type)
        switch LogValue.shortName(bytes, type) {
        case ShortName.http, ShortName.https, ShortName.h2, ShortName.grpc, ShortName.lambda: break
        default: if !LogValue.isAbsent(bytes, type) { note(.unknownValue) }
        }
        if layout.isDefault ? line.count > ALBHealthCheckColumn.names.count : !layout.extras.isEmpty {
            note(.unknownTailFields)
        }
    }
}
