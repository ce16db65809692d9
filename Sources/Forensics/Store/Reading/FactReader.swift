import ForensicsModel

/// Turns the cells of a row back into the fact that was written: the inverse of `RowEncoder`.
struct FactReader {
    private var profiles: ProfileReader
    private let scan: FactScan
    /// Connections must last longer than this.
    private let duration: Int64
    /// The bytes that the cells of the batch refer to.
    private var arena: [UInt8] = []

    init(profiles: ProfileReader, scan: FactScan, over duration: Int64) {
        self.profiles = profiles
        self.scan = scan
        self.duration = duration
    }

    /// What the rows of one source have in common.
    struct Origin {
        let rank: UInt32
        let range: RowRange
        let kind: EvidenceKind
        let base: Int64
        /// The rank of every source: connections of a capture set may lie in another file.
        let ranks: [UInt32: UInt32]

        /// The public id of a row of this source.
        @inline(__always)
        func id(_ cell: Int64) -> FactID { FactID(source: rank, record: range.record(cell)) }

        /// The public id of a row of any source of the same capture set.
        func connection(_ cell: Int64) -> FactID? {
            if cell == Cell.null { return nil }
            let ordinal = UInt32(truncatingIfNeeded: cell >> 42 & 0xF_FFFF)
            return FactID(
                source: ranks[ordinal] ?? 0, record: RowRange(source: ordinal, isCapture: true).record(cell))
        }
    }

    /// Fills a batch with the facts of a table's rows that belong to the scan, in the order of the rows.
    mutating func read(
        _ table: RowTable, _ cells: [Int64], _ bytes: [UInt8], rows: Int, _ origin: Origin,
        into batch: inout FactBatch
    ) throws {
        batch.removeAll()
        profiles.beginBatch()
        arena = bytes
        // Given back before the next step, which writes into it.
        defer { arena = [] }
        let width = table.columnNames.count + 1
        switch table {
        case .request:
            for row in 0..<rows {
                if let exchange = try exchange(cells, row * width, origin, &batch.texts) {
                    batch.exchanges.append(exchange)
                }
            }
        case .connection:
            for row in 0..<rows {
                if let connection = try connection(cells, row * width, origin, &batch.texts),
                    (connection.duration ?? connection.end.since(connection.start)) > duration
                {
                    batch.connections.append(connection)
                }
            }
        case .healthCheck:
            for row in 0..<rows {
                if let check = try healthCheck(cells, row * width, origin, &batch.texts) {
                    batch.healthChecks.append(check)
                }
            }
        case .flowRecord, .longConnection: break
        }
    }

    @inline(__always)
    private func belongs(_ start: Timestamp?, _ time: Timestamp) -> Bool {
        guard let window = scan.window else { return true }
        switch scan.membership {
        case .recordTime: return window.contains(time)
        case .overlap: return time >= window.start && (start ?? time) < window.end
        }
    }

    private func text(_ cell: Int64, _ texts: inout TextTable) -> TextID {
        guard let (range, _) = Cell.readReference(cell), range.upperBound <= arena.count else { return .none }
        return texts.intern(arena.span, range)
    }

    /// Returns the exchange at `cells[row...]`, or `nil` if it is outside the scan's window.
    @inline(__always)
    private mutating func exchange(
        _ cells: [Int64], _ row: Int, _ origin: Origin, _ texts: inout TextTable
    ) throws -> Exchange? {
        let time = Cell.readTime(cells[row + 1], base: origin.base)
        let elapsed = Cell.readDuration(cells[row + 2])
        let start = elapsed.map { time.advanced(by: -$0) }
        guard belongs(start, time) else { return nil }
        let client = Endpoint(try profiles.address(cells[row + 4]), Cell.readPort(cells[row + 5]))
        var exchange = Exchange(
            id: origin.id(cells[row]), offset: 0, kind: origin.kind, time: time,
            client: client)
        exchange.start = start
        exchange.totalTime = cells[row + 3] == Cell.null ? elapsed : Cell.readDuration(cells[row + 3])
        if cells[row + 6] != Cell.null { exchange.peer = try profiles.address(cells[row + 6]) }
        exchange.target = try profiles.endpoint(cells[row + 7], &texts)
        let route = try profiles.route(cells[row + 8], &texts)
        exchange.loadBalancer = route.loadBalancer
        exchange.node = route.node
        exchange.targetGroup = route.text(2)
        exchange.domain = route.text(3)
        exchange.tlsCipher = route.text(4)
        exchange.scheme = route.scheme
        exchange.tlsVersion = TLSVersion(rawValue: UInt16(clamping: max(0, route[6]))) ?? .none
        exchange.certificate = route.text(7)
        exchange.rulePriority = route[8] < 0 ? nil : Int32(truncatingIfNeeded: route[8] - 1)
        let outcome = try profiles.outcome(cells[row + 9], &texts)
        exchange.method = outcome.text(0)
        exchange.errorReason = outcome.text(1)
        exchange.actions = outcome.text(2)
        exchange.classification = outcome.text(3)
        exchange.status = outcome.optional(4)
        exchange.targetStatus = outcome.optional(5)
        exchange.httpVersion = HTTPVersion(rawValue: outcome.byte(6)) ?? .unknown
        exchange.blame = Blame(rawValue: outcome.byte(7)) ?? .none
        exchange.cause = ExchangeCause(rawValue: outcome.byte(8)) ?? .none
        exchange.flags = ExchangeFlags(rawValue: outcome.word(9))
        exchange.weight = outcome.word(10)
        exchange.userAgent = try profiles.text(cells[row + 10], &texts)
        exchange.pathTemplate = try profiles.text(cells[row + 11], &texts)
        exchange.pathArgument = argument(cells[row + 12], &texts)
        exchange.trace = trace(cells[row + 13], time, &texts)
        exchange.traceKey = cells[row + 14] == Cell.null ? 0 : UInt64(bitPattern: cells[row + 14])
        exchange.requestTime = Cell.readDuration(cells[row + 15])
        exchange.targetTime = Cell.readDuration(cells[row + 16])
        exchange.responseTime = Cell.readDuration(cells[row + 17])
        exchange.bytesFromClient = Cell.readCount(cells[row + 18])
        exchange.bytesFromServer = Cell.readCount(cells[row + 19])
        exchange.extra = try profiles.text(cells[row + 20], &texts)
        exchange.connection = origin.connection(cells[row + 21])
        exchange.forwardedFor = text(cells[row + 22], &texts)
        exchange.details = text(cells[row + 23], &texts)
        return exchange
    }

    @inline(__always)
    private func argument(_ cell: Int64, _ texts: inout TextTable) -> PathArgument {
        if cell == Cell.null { return .none }
        if cell >= 0 { return .number(cell) }
        guard let (range, _) = Cell.readReference(cell), range.upperBound <= arena.count else { return .none }
        let id = texts.intern(arena.span, range)
        return !range.isEmpty && arena[range.lowerBound] == 0x2F ? .whole(id) : .text(id)
    }

    @inline(__always)
    private func trace(_ cell: Int64, _ time: Timestamp, _ texts: inout TextTable) -> TraceID {
        guard let (range, isBlob) = Cell.readReference(cell), range.upperBound <= arena.count else { return .none }
        let packed = isBlob ? TraceCell.read(arena.span.extracting(range), at: time) : nil
        return packed ?? .text(texts.intern(arena.span, range))
    }

    /// Returns the connection at `cells[row...]`, or `nil` if it is outside the scan's window.
    @inline(__always)
    private mutating func connection(
        _ cells: [Int64], _ row: Int, _ origin: Origin, _ texts: inout TextTable
    ) throws -> Connection? {
        let end = Cell.readTime(cells[row + 1], base: origin.base)
        let elapsed = Cell.readDuration(cells[row + 2]) ?? 0
        let start = end.advanced(by: -elapsed)
        guard belongs(start, end) else { return nil }
        var connection = Connection(
            id: origin.id(cells[row]), offset: 0, kind: origin.kind, start: start, end: end,
            client: Endpoint(try profiles.address(cells[row + 4]), Cell.readPort(cells[row + 5])),
            server: Endpoint(try profiles.address(cells[row + 7]), Cell.readPort(cells[row + 8])))
        connection.duration = cells[row + 3] == Cell.null ? elapsed : Cell.readDuration(cells[row + 3])
        if cells[row + 6] != Cell.null { connection.peer = try profiles.address(cells[row + 6]) }
        let route = try profiles.route(cells[row + 9], &texts)
        connection.loadBalancer = route.loadBalancer
        connection.node = route.node
        connection.domain = route.text(3)
        connection.tlsCipher = route.text(4)
        connection.tlsVersion = TLSVersion(rawValue: UInt16(clamping: max(0, route[6]))) ?? .none
        let link = try profiles.link(cells[row + 10], &texts)
        connection.alpn = link.text(0)
        connection.errorReason = link.text(1)
        connection.transport = TransportProtocol(rawValue: link.byte(2)) ?? .other
        connection.service = ApplicationService(rawValue: link.byte(3)) ?? .unknown
        connection.state = ConnectionState(rawValue: link.byte(4)) ?? .none
        connection.role = ConnectionRole(rawValue: link.byte(5)) ?? .client
        connection.resetBy = ResetSender(rawValue: link.byte(6)) ?? .none
        connection.flags = ConnectionFlags(rawValue: link.word(7))
        connection.weight = link.word(8)
        connection.details = link.text(9)
        connection.traceKey = cells[row + 11] == Cell.null ? 0 : UInt64(bitPattern: cells[row + 11])
        connection.bytesFromClient = Cell.readCount(cells[row + 12])
        connection.bytesFromServer = Cell.readCount(cells[row + 13])
        connection.packetsFromClient = Cell.readCount(cells[row + 14])
        connection.packetsFromServer = Cell.readCount(cells[row + 15])
        connection.tlsHandshake = Cell.readDuration(cells[row + 16])
        connection.handshake = Cell.readDuration(cells[row + 17])
        connection.history = try profiles.text(cells[row + 18], &texts)
        connection.retransmissions = Cell.readCount32(cells[row + 19])
        connection.outOfOrder = Cell.readCount32(cells[row + 20])
        connection.duplicateACKs = Cell.readCount32(cells[row + 21])
        connection.zeroWindows = Cell.readCount32(cells[row + 22])
        connection.resets = Cell.readCount32(cells[row + 23])
        connection.ja4 = try profiles.text(cells[row + 24], &texts)
        connection.tunnel = try profiles.text(cells[row + 25], &texts)
        return connection
    }

    /// Returns the health check at `cells[row...]`, or `nil` if it is outside the scan's window.
    private mutating func healthCheck(
        _ cells: [Int64], _ row: Int, _ origin: Origin, _ texts: inout TextTable
    ) throws -> HealthCheck? {
        let time = Cell.readTime(cells[row + 1], base: origin.base)
        guard belongs(nil, time) else { return nil }
        let probe = try profiles.probe(cells[row + 6], &texts)
        var check = HealthCheck(
            id: origin.id(cells[row]), offset: 0, kind: origin.kind,
            probe: HealthCheck.Probe(rawValue: probe.byte(5)) ?? .http,
            outcome: HealthCheck.Outcome(rawValue: probe.byte(6)) ?? .success, time: time)
        check.loadBalancer = probe.text(0)
        check.targetGroup = probe.text(1)
        check.node = probe.text(2)
        check.targetName = probe.text(3)
        check.reason = probe.text(4)
        check.status = probe.optional(7)
        check.weight = probe.word(8)
        check.latency = Cell.readDuration(cells[row + 2])
        if cells[row + 3] != Cell.null {
            check.target = Endpoint(try profiles.address(cells[row + 3]), Cell.readPort(cells[row + 4]))
        }
        check.checker = try profiles.address(cells[row + 5])
        return check
    }
}
