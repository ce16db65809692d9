import ForensicsModel

/// VPC flow logs: a line is a row, kept as it is.
///
/// NODATA (nothing to record) and SKIPDATA (not recorded) rows are ignored; the latter are losses of coverage. Columns
/// that the format did not choose, and dashes, are absent. The record time is the end of the row's interval, or its
/// start where it has no end.
extension LogDecoder {
    mutating func decodeVPCFlow(
        _ bytes: Span<UInt8>, _ id: FactID, _ offset: UInt64, _ batch: inout FactBatch
    ) -> LineOutcome {
        // Values never begin like the name of a first column does.
        if ByteWord.byte(bytes, line.lineStart) == 0x76, let header = LogHeader(bytes, line, kind: .vpcFlow) {
            layout = LogLayout(.vpcFlow, header)
            return .ignored(.header)
        }
        if let expected = layout.fieldCount {
            if line.count < expected { return .rejected(.tooFewFields) }
            if line.count > expected {
                if holdsColumnsOfTwo { return .rejected(.joinedLines) }
                note(.unknownTailFields)
            }
        }
        var record = FlowRecord(id: id, offset: offset)
        if let reason = readIdentity(bytes, &record) { return .rejected(reason) }
        if let reason = readInterval(bytes, &record) { return .rejected(reason) }
        switch LogValue.shortName(bytes, field(VPCFlowColumn.logStatus)) {
        case ShortName.ok: break
        case ShortName.noData: return .ignored(.noData)
        case ShortName.skipData:
            recordLoss(bytes, record)
            return .ignored(.skipData)
        default:
            if !LogValue.isAbsent(bytes, field(VPCFlowColumn.logStatus)) { return .rejected(.notThisFormat) }
        }
        let time = record.end ?? record.start
        if let time, !isWanted(time) { return .ignored(.outOfRange) }
        if let reason = readEndpoints(bytes, &record) { return .rejected(reason) }
        if let reason = readCounts(bytes, &record) { return .rejected(reason) }
        readAction(bytes, &record)
        record.account = text(bytes, column: VPCFlowColumn.accountID, &batch.texts)
        record.interface = text(bytes, column: VPCFlowColumn.interfaceID, &batch.texts)
        if !layout.isDefault { readChosen(bytes, &record, &batch.texts) }
        batch.flowRecords.append(record)
        return .accepted(time ?? Timestamp(nanoseconds: 0))
    }

    @inline(__always)
    private func readIdentity(_ bytes: Span<UInt8>, _ record: inout FlowRecord) -> RejectReason? {
        switch LogValue.number(bytes, field(VPCFlowColumn.version)) {
        // The newest is 11; a number far beyond is no version.
        case .value(let value) where value <= 99: record.version = UInt8(truncatingIfNeeded: value)
        case .absent: break
        case .value, .malformed: return .notThisFormat
        }
        return nil
    }

    @inline(__always)
    private mutating func readInterval(_ bytes: Span<UInt8>, _ record: inout FlowRecord) -> RejectReason? {
        switch LogValue.number(bytes, field(VPCFlowColumn.start)) {
        case .value(let value):
            guard let time = LogLimits.time(second: value) else { return .badTime }
            record.start = time
        case .absent: break
        case .malformed: return .badTime
        }
        switch LogValue.number(bytes, field(VPCFlowColumn.end)) {
        case .value(let value):
            guard let time = LogLimits.time(second: value) else { return .badTime }
            record.end = time
        case .absent: break
        case .malformed: return .badTime
        }
        if let start = record.start, let end = record.end, end < start { note(.timeBackwards) }
        return nil
    }

    @inline(__always)
    private func readEndpoints(_ bytes: Span<UInt8>, _ record: inout FlowRecord) -> RejectReason? {
        let source = field(VPCFlowColumn.source)
        record.source = LogValue.address(bytes, source)
        if record.source == nil, !LogValue.isAbsent(bytes, source) { return .badAddress }
        let destination = field(VPCFlowColumn.destination)
        record.destination = LogValue.address(bytes, destination)
        if record.destination == nil, !LogValue.isAbsent(bytes, destination) { return .badAddress }
        switch LogValue.number(bytes, field(VPCFlowColumn.sourcePort)) {
        case .value(let value) where value <= 0xFFFF: record.sourcePort = UInt16(truncatingIfNeeded: value)
        case .absent: break
        case .value, .malformed: return .badNumber
        }
        switch LogValue.number(bytes, field(VPCFlowColumn.destinationPort)) {
        case .value(let value) where value <= 0xFFFF: record.destinationPort = UInt16(truncatingIfNeeded: value)
        case .absent: break
        case .value, .malformed: return .badNumber
        }
        return nil
    }

    @inline(__always)
    private func readCounts(_ bytes: Span<UInt8>, _ record: inout FlowRecord) -> RejectReason? {
        switch LogValue.number(bytes, field(VPCFlowColumn.ipProtocol)) {
        case .value(let value) where value <= 0xFF: record.ipProtocol = UInt8(truncatingIfNeeded: value)
        case .absent: break
        case .value, .malformed: return .badNumber
        }
        switch LogValue.count(bytes, field(VPCFlowColumn.packets)) {
        case .value(let value): record.packets = value
        case .absent: break
        case .malformed: return .badNumber
        }
        switch LogValue.count(bytes, field(VPCFlowColumn.bytes)) {
        case .value(let value): record.bytes = value
        case .absent: break
        case .malformed: return .badNumber
        }
        return nil
    }

    @inline(__always)
    private mutating func readAction(_ bytes: Span<UInt8>, _ record: inout FlowRecord) {
        let action = field(VPCFlowColumn.action)
        switch LogValue.shortName(bytes, action) {
        case ShortName.accept: record.hasAction = true
        case ShortName.reject: (record.hasAction, record.isReject) = (true, true)
        default: if !LogValue.isAbsent(bytes, action) { note(.unknownValue) }
        }
    }

    /// Reads the columns that only a custom format has.
    @inline(__always)
    private mutating func readChosen(_ bytes: Span<UInt8>, _ record: inout FlowRecord, _ texts: inout TextTable) {
        record.vpc = text(bytes, column: VPCFlowColumn.vpcID, &texts)
        record.subnet = text(bytes, column: VPCFlowColumn.subnetID, &texts)
        record.instance = text(bytes, column: VPCFlowColumn.instanceID, &texts)
        record.zone = text(bytes, column: VPCFlowColumn.zoneID, &texts)
        record.sourceService = text(bytes, column: VPCFlowColumn.packetSourceService, &texts)
        record.destinationService = text(bytes, column: VPCFlowColumn.packetDestinationService, &texts)
        record.rejectReason = text(bytes, column: VPCFlowColumn.rejectReason, &texts)
        record.interfaceType = text(bytes, column: VPCFlowColumn.interfaceType, &texts)
        record.tcpFlags = smallNumber(bytes, field(VPCFlowColumn.tcpFlags))
        record.trafficPath = smallNumber(bytes, field(VPCFlowColumn.trafficPath))
        record.packetSource = optionalAddress(bytes, field(VPCFlowColumn.packetSource))
        record.packetDestination = optionalAddress(bytes, field(VPCFlowColumn.packetDestination))
        let direction = field(VPCFlowColumn.flowDirection)
        switch LogValue.shortName(bytes, direction) {
        case ShortName.ingress: record.isIngress = true
        case ShortName.egress: record.isIngress = false
        default: if !LogValue.isAbsent(bytes, direction) { note(.unknownValue) }
        }
        if !layout.extras.isEmpty { record.extra = namedTail(bytes, &texts) }
    }

    @inline(__always)
    private mutating func smallNumber(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt8? {
        switch LogValue.number(bytes, range) {
        case .value(let value) where value <= 0xFF: return UInt8(truncatingIfNeeded: value)
        case .absent: return nil
        case .value, .malformed:
            note(.badOptionalField)
            return nil
        }
    }

    @inline(__always)
    private mutating func optionalAddress(_ bytes: Span<UInt8>, _ range: Range<Int>) -> IPAddress? {
        if let address = LogValue.address(bytes, range) { return address }
        if !LogValue.isAbsent(bytes, range) { note(.badOptionalField) }
        return nil
    }

    private mutating func recordLoss(_ bytes: Span<UInt8>, _ record: FlowRecord) {
        guard let start = record.start, let end = record.end else { return }
        var interface: [UInt8] = []
        for index in field(VPCFlowColumn.interfaceID) { interface.append(bytes[index]) }
        // Times are whole seconds: the last one belongs to the interval, and the next begins with the one after it.
        let after = end.advanced(by: Timestamp.nanosecondsPerSecond)
        losses.append(LogCoverageLoss(window: TimeWindow(start: start, end: after), interface: interface))
    }
}
