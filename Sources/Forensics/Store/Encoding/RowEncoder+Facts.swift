import ForensicsModel

/// The columns of each table, in the order of `RowTable.columnNames`.
extension RowEncoder {
    mutating func add(_ exchange: borrowing Exchange, _ texts: TextTable, _ arena: [UInt8]) {
        let sheet = Int(RowTable.request.rawValue)
        let client = address(exchange.client.address)
        var elapsed: Int64?
        if let start = exchange.start { elapsed = exchange.time.since(start) }
        let path = text(exchange.pathTemplate, texts)
        let argument: Int64 =
            switch exchange.pathArgument {
            case .none: Cell.null
            case .number(let number): number < 0 ? Cell.null : number
            case .text(let id), .whole(let id):
                id.isNone ? Cell.null : sheets[sheet].text(arena.span, texts.range(id))
            }
        let trace: Int64 =
            switch exchange.trace {
            case .none: Cell.null
            case .root(let high, let low): addTrace(high, low, exchange.time, sheet)
            case .text(let id): id.isNone ? Cell.null : sheets[sheet].text(arena.span, texts.range(id))
            }
        let route = route(exchange, texts)
        let outcome = ProfileKey(
            pair(text(exchange.method, texts), text(exchange.errorReason, texts)),
            pair(text(exchange.actions, texts), text(exchange.classification, texts)),
            optional(exchange.status) | optional(exchange.targetStatus) << 17
                | UInt64(exchange.httpVersion.rawValue) << 34 | UInt64(exchange.blame.rawValue) << 42
                | UInt64(exchange.cause.rawValue) << 50,
            pair(exchange.flags.rawValue, exchange.weight))
        var cells = takeRow()
        var row = cells.mutableSpan
        row[0] = rowID(exchange.id, exchange.kind)
        row[1] = Cell.time(exchange.time, base: base(of: exchange.id.source, exchange.time))
        row[2] = Cell.duration(elapsed)
        row[3] =
            exchange.totalTime == elapsed
            ? Cell.null : exchange.totalTime == nil ? Cell.absentDuration : Cell.duration(exchange.totalTime)
        row[4] = client
        row[5] = Cell.port(nonZero: exchange.client.port)
        row[6] = isSame(exchange.peer, exchange.client.address) ? Cell.null : address(exchange.peer)
        if let target = exchange.target { row[7] = endpoint(target) } else { row[7] = Cell.null }
        row[8] = routes.id(route, dictionary)
        row[9] = outcomes.id(outcome, dictionary)
        row[10] = optionalText(exchange.userAgent, texts)
        row[11] = path == 0 ? Cell.null : Int64(path)
        row[12] = argument
        row[13] = trace
        row[14] = Cell.key(exchange.traceKey)
        row[15] = Cell.duration(exchange.requestTime)
        row[16] = Cell.duration(exchange.targetTime)
        row[17] = Cell.duration(exchange.responseTime)
        row[18] = Cell.count(exchange.bytesFromClient)
        row[19] = Cell.count(exchange.bytesFromServer)
        row[20] = optionalText(exchange.extra, texts)
        row[21] = Cell.null
        if let connection = exchange.connection, exchange.kind.isCapture { row[21] = rowID(connection, exchange.kind) }
        row[22] =
            exchange.forwardedFor.isNone
            ? Cell.null : sheets[sheet].text(arena.span, texts.range(exchange.forwardedFor))
        row[23] =
            exchange.details.isNone
            ? Cell.null : sheets[sheet].text(arena.span, texts.range(exchange.details))
        sheets[sheet].append(cells)
        self.row = cells
    }

    @inline(__always)
    private mutating func route(_ exchange: borrowing Exchange, _ texts: TextTable) -> ProfileKey {
        ProfileKey(
            pair(text(exchange.loadBalancer, texts), text(exchange.node, texts)),
            pair(text(exchange.targetGroup, texts), text(exchange.domain, texts)),
            pair(text(exchange.tlsCipher, texts), UInt32(exchange.scheme.rawValue))
                | UInt64(exchange.tlsVersion.rawValue) << 40,
            pair(text(exchange.certificate, texts), 0) | rule(exchange.rulePriority) << 32)
    }

    /// Adds of a request what `CaseStore.scanTraces` reads, and its port, which tells it from others of the same time.
    mutating func addTraced(_ exchange: borrowing Exchange, _ texts: TextTable) {
        let client = address(exchange.client.address)
        let elapsed: Int64? = if let start = exchange.start { exchange.time.since(start) } else { nil }
        let route = route(exchange, texts)
        var cells = takeRow()
        var row = cells.mutableSpan
        row[0] = rowID(exchange.id, exchange.kind)
        row[1] = Cell.time(exchange.time, base: base(of: exchange.id.source, exchange.time))
        row[2] = Cell.duration(elapsed)
        row[3] = Cell.null
        row[4] = client
        row[5] = Cell.port(nonZero: exchange.client.port)
        row[6] = Cell.null
        row[7] = Cell.null
        row[8] = routes.id(route, dictionary)
        for column in 9...13 { row[column] = Cell.null }
        row[14] = Cell.key(exchange.traceKey)
        for column in 15..<sheets[Int(RowTable.request.rawValue)].width { row[column] = Cell.null }
        sheets[Int(RowTable.request.rawValue)].append(cells)
        self.row = cells
    }

    @inline(__always)
    private mutating func addTrace(_ high: UInt64, _ low: UInt64, _ time: Timestamp, _ sheet: Int) -> Int64 {
        let trace = TraceCell.pack(high, low, at: time)
        return sheets[sheet].blob(trace.high, trace.low, length: trace.length)
    }

    mutating func add(_ connection: borrowing Connection, _ texts: TextTable) {
        let elapsed = connection.end.since(connection.start)
        let route = ProfileKey(
            pair(text(connection.loadBalancer, texts), text(connection.node, texts)),
            pair(0, text(connection.domain, texts)),
            pair(text(connection.tlsCipher, texts), 0) | UInt64(connection.tlsVersion.rawValue) << 40)
        let link = ProfileKey(
            pair(text(connection.alpn, texts), text(connection.errorReason, texts)),
            UInt64(connection.transport.rawValue) | UInt64(connection.service.rawValue) << 8
                | UInt64(connection.state.rawValue) << 16 | UInt64(connection.role.rawValue) << 24
                | UInt64(connection.resetBy.rawValue) << 32,
            pair(connection.flags.rawValue, connection.weight), pair(text(connection.details, texts), 0))
        var cells = takeRow()
        var row = cells.mutableSpan
        row[0] = rowID(connection.id, connection.kind)
        row[1] = Cell.time(connection.end, base: base(of: connection.id.source, connection.end))
        row[2] = Cell.duration(elapsed)
        row[3] =
            connection.duration == elapsed
            ? Cell.null : connection.duration == nil ? Cell.absentDuration : Cell.duration(connection.duration)
        row[4] = address(connection.client.address)
        row[5] = Cell.port(nonZero: connection.client.port)
        row[6] = isSame(connection.peer, connection.client.address) ? Cell.null : address(connection.peer)
        row[7] = address(connection.server.address)
        row[8] = Cell.port(nonZero: connection.server.port)
        row[9] = routes.id(route, dictionary)
        row[10] = links.id(link, dictionary)
        row[11] = Cell.key(connection.traceKey)
        row[12] = Cell.count(connection.bytesFromClient)
        row[13] = Cell.count(connection.bytesFromServer)
        row[14] = Cell.count(connection.packetsFromClient)
        row[15] = Cell.count(connection.packetsFromServer)
        row[16] = Cell.duration(connection.tlsHandshake)
        row[17] = Cell.duration(connection.handshake)
        row[18] = optionalText(connection.history, texts)
        row[19] = Cell.count(connection.retransmissions)
        row[20] = Cell.count(connection.outOfOrder)
        row[21] = Cell.count(connection.duplicateACKs)
        row[22] = Cell.count(connection.zeroWindows)
        row[23] = Cell.count(connection.resets)
        row[24] = optionalText(connection.ja4, texts)
        row[25] = optionalText(connection.tunnel, texts)
        sheets[Int(RowTable.connection.rawValue)].append(cells)
        self.row = cells
        if (connection.duration ?? elapsed) >= RowTable.longConnectionLimit {
            sheets[Int(RowTable.longConnection.rawValue)].append([
                self.row[0], self.row[1], Cell.duration(connection.duration ?? elapsed),
            ])
        }
    }

    mutating func add(_ check: HealthCheck, _ texts: TextTable) {
        let probe = ProfileKey(
            pair(text(check.loadBalancer, texts), text(check.targetGroup, texts)),
            pair(text(check.node, texts), text(check.targetName, texts)),
            pair(text(check.reason, texts), UInt32(check.probe.rawValue)) | UInt64(check.outcome.rawValue) << 40,
            optional(check.status) | UInt64(check.weight) << 32)
        var cells = takeRow()
        var row = cells.mutableSpan
        row[0] = rowID(check.id, check.kind)
        row[1] = Cell.time(check.time, base: base(of: check.id.source, check.time))
        row[2] = Cell.duration(check.latency)
        row[3] = check.target.map { address($0.address) } ?? Cell.null
        row[4] = check.target.map { Cell.port($0.port) } ?? Cell.null
        row[5] = address(check.checker)
        row[6] = probes.id(probe, dictionary)
        sheets[Int(RowTable.healthCheck.rawValue)].append(cells)
        self.row = cells
    }

    mutating func add(_ record: FlowRecord, _ texts: TextTable) {
        let flow = ProfileKey(
            pair(text(record.account, texts), text(record.interface, texts)),
            pair(text(record.rejectReason, texts), text(record.vpc, texts)),
            pair(text(record.subnet, texts), text(record.instance, texts)),
            pair(text(record.zone, texts), text(record.sourceService, texts)),
            pair(text(record.destinationService, texts), text(record.interfaceType, texts)),
            optional(record.version) | optional(record.ipProtocol) << 9 | optional(record.tcpFlags) << 18
                | optional(record.trafficPath) << 27 | (record.isIngress.map { $0 ? 2 : 1 } ?? 0) << 36
                | (record.hasAction ? record.isReject ? 2 : 1 : 0) << 38)
        var cells = takeRow()
        var row = cells.mutableSpan
        row[0] = rowID(record.id, .vpcFlow)
        if let time = record.start ?? record.end {
            row[1] = Cell.time(time, base: base(of: record.id.source, time))
        } else {
            row[1] = Cell.null
        }
        if let start = record.start {
            row[2] = Cell.duration(record.end.map { $0.since(start) })
        } else {
            row[2] = record.end == nil ? Cell.null : Cell.absentDuration
        }
        row[3] = record.source.map { address($0) } ?? Cell.null
        row[4] = record.sourcePort.map { Cell.port($0) } ?? Cell.null
        row[5] = record.destination.map { address($0) } ?? Cell.null
        row[6] = record.destinationPort.map { Cell.port($0) } ?? Cell.null
        row[7] = flows.id(flow, dictionary)
        row[8] = Cell.count(record.packets)
        row[9] = Cell.count(record.bytes)
        row[10] = record.packetSource.map { address($0) } ?? Cell.null
        row[11] = record.packetDestination.map { address($0) } ?? Cell.null
        row[12] = optionalText(record.extra, texts)
        sheets[Int(RowTable.flowRecord.rawValue)].append(cells)
        self.row = cells
    }
}
