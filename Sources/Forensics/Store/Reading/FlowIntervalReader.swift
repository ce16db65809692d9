import ForensicsModel

/// Takes from the row of a flow log what it tells of a connection, and no more.
struct FlowIntervalReader {
    /// How many columns are read, the row id among them.
    static let width = 12

    private var profiles: ProfileReader

    init(profiles: ProfileReader) { self.profiles = profiles }

    /// Fills a batch with what rows tell, in their order.
    mutating func read(
        _ cells: [Int64], rows: Int, _ origin: FactReader.Origin, into batch: inout FlowIntervals
    ) throws {
        batch.removeAll()
        batch.rows.reserveCapacity(rows)
        profiles.beginBatch()
        let cells = cells.span
        for row in 0..<rows {
            if let interval = try interval(cells, row * Self.width, origin, &batch.texts) {
                batch.rows.append(interval)
            } else {
                batch.incomplete += 1
            }
        }
    }

    /// What the row at `cells[row...]` tells; `nil` where a column is missing that a connection cannot do without.
    @inline(__always)
    private mutating func interval(
        _ cells: Span<Int64>, _ row: Int, _ origin: FactReader.Origin, _ texts: inout TextTable
    ) throws -> FlowInterval? {
        // The packet's own addresses where the format has them.
        let from = cells[row + 10] == Cell.null ? cells[row + 3] : cells[row + 10]
        let to = cells[row + 11] == Cell.null ? cells[row + 5] : cells[row + 11]
        guard from != Cell.null, to != Cell.null, cells[row + 4] != Cell.null, cells[row + 6] != Cell.null else {
            return nil
        }
        let flow = try profiles.flow(cells[row + 7], &texts)
        guard let ipProtocol = flow.optional(11) else { return nil }
        var interval = FlowInterval(
            id: origin.id(cells[row]),
            source: Endpoint(try profiles.address(from), Cell.readPort(cells[row + 4])),
            destination: Endpoint(try profiles.address(to), Cell.readPort(cells[row + 6])),
            ipProtocol: UInt8(clamping: ipProtocol))
        let time = cells[row + 1] == Cell.null ? nil : Cell.readTime(cells[row + 1], base: origin.base)
        if cells[row + 2] == Cell.absentDuration {
            interval.setTimes(nil, time)
        } else {
            interval.setTimes(time, Cell.readDuration(cells[row + 2]).flatMap { time?.advanced(by: $0) })
        }
        interval.packets = Cell.readCount(cells[row + 8]) ?? 0
        interval.bytes = Cell.readCount(cells[row + 9]) ?? 0
        interval.interface = flow.text(1)
        interval.rejectReason = flow.text(2)
        let flags = flow.optional(12)
        interval.hasFlags = flags != nil
        interval.flags = flags.map { UInt8(clamping: $0) } ?? 0
        interval.isIngress = flow.optional(14).map { $0 == 1 }
        interval.isReject = flow[15] == 1
        return interval
    }
}
