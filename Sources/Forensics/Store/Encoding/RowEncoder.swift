package import ForensicsModel

/// Turns batches of facts into rows, on the thread that made the facts. One per worker.
///
/// What a fact names by a text or by a combination of slow-changing columns goes through caches of its own to the
/// case's shared dictionary; only values that the batch is first to name take its lock.
package struct RowEncoder: Sendable {
    let dictionary: CaseDictionary
    /// What rows tell of requests.
    let requests: RequestRows
    var sheets: [RowSheet] = RowTable.allCases.map { RowSheet($0) }
    var endpoints = ProfileCache(.endpoint, bits: 12)
    var routes = ProfileCache(.route, bits: 12)
    var outcomes = ProfileCache(.outcome, bits: 10)
    var links = ProfileCache(.link, bits: 10)
    var probes = ProfileCache(.probe, bits: 10)
    var flows = ProfileCache(.flow, bits: 10)
    private var addresses = AddressCache()
    /// The case's number of each text of the batch at hand; 0 until it is asked for.
    private var textIDs: [UInt32] = []
    private var rejects: [Reject] = []
    private var portions: [(source: UInt32, portion: RollupPortion)] = []
    private var baseSource: UInt32?
    private var base: Int64 = 0
    /// The cells of the row at hand.
    var row: [Int64]
    private static let widthLimit = 32

    /// Creates an encoder for the case that made the dictionary.
    package init(dictionary: CaseDictionary, requests: RequestRows = .whole) {
        self.dictionary = dictionary
        self.requests = requests
        row = [Int64](repeating: 0, count: Self.widthLimit)
    }

    /// Returns the rows of a batch. Events are not stored: only what a finding cites is, with the finding.
    package mutating func encode(_ batch: FactBatch) throws(StoreError) -> EncodedBatch {
        append(batch)
        return try finish()
    }

    /// Adds the rows of a batch to those at hand.
    ///
    /// - Parameter continues: whether the texts of the batch are those of the one before, and perhaps more.
    package mutating func append(_ batch: FactBatch, continues: Bool = false) {
        let needed = batch.texts.count + 1
        if !continues { textIDs.removeAll(keepingCapacity: true) }
        if textIDs.count < needed { textIDs.append(contentsOf: repeatElement(0, count: needed - textIDs.count)) }
        let arena = batch.texts.arena
        let exchanges = batch.exchanges.span
        switch requests {
        case .whole: for index in exchanges.indices { add(exchanges[index], batch.texts, arena) }
        case .traces: for index in exchanges.indices { addTraced(exchanges[index], batch.texts) }
        }
        let connections = batch.connections.span
        for index in connections.indices { add(connections[index], batch.texts) }
        for index in batch.healthChecks.indices { add(batch.healthChecks[index], batch.texts) }
        for index in batch.flowRecords.indices { add(batch.flowRecords[index], batch.texts) }
        rejects.append(contentsOf: batch.rejects)
    }

    /// Adds a portion of what a source adds up to.
    package mutating func append(_ portion: RollupPortion, of source: UInt32) { portions.append((source, portion)) }

    /// How many rows are at hand.
    package var rowCount: Int { sheets.reduce(0) { $0 + $1.rowCount } }

    /// Returns the rows at hand and forgets them.
    package mutating func finish() throws(StoreError) -> EncodedBatch {
        var encoded = EncodedBatch()
        swap(&encoded.rejects, &rejects)
        swap(&encoded.portions, &portions)
        encoded.waitingBytes = dictionary.takeNewBytes()
        for index in sheets.indices where !sheets[index].isEmpty {
            sheets[index].sortByID()
            encoded.dropped += sheets[index].numberRepeatedIDs()
            if sheets[index].table != .longConnection { encoded.rows += sheets[index].storedCount }
            encoded.images.append(
                EncodedBatch.TableImage(
                    table: sheets[index].table, bytes: try BulkRows.image(sheets[index]),
                    log: sheets[index].log))
            sheets[index].removeAll()
        }
        return encoded
    }

    // MARK: Values

    /// Takes the scratch row out, so that its cells can be set while caches of the encoder change.
    @inline(__always)
    mutating func takeRow() -> [Int64] {
        var taken: [Int64] = []
        swap(&taken, &row)
        return taken
    }

    @inline(__always)
    func rowID(_ id: FactID, _ kind: EvidenceKind) -> Int64 {
        RowRange(source: id.source, isCapture: kind.isCapture).id(record: id.record)
    }

    @inline(__always)
    func isSame(_ left: IPAddress, _ right: IPAddress) -> Bool {
        left.low == right.low && left.high == right.high
    }

    @inline(__always)
    func pair(_ low: UInt32, _ high: UInt32) -> UInt64 { UInt64(low) | UInt64(high) << 32 }

    @inline(__always)
    func optional<Number: FixedWidthInteger & UnsignedInteger>(_ value: Number?) -> UInt64 {
        guard let value else { return 0 }
        return UInt64(value) + 1
    }

    /// A rule's priority in a key: 0 is none, then -1, 0, 1 and so on.
    @inline(__always)
    func rule(_ priority: Int32?) -> UInt64 {
        guard let priority else { return 0 }
        return UInt64(UInt32(bitPattern: priority &+ 2)) & (1 << 18 - 1)
    }

    @inline(__always)
    mutating func text(_ id: TextID, _ texts: TextTable) -> UInt32 {
        let known = textIDs[Int(id.rawValue)]
        if known != 0 || id.isNone { return known }
        return newText(id, texts)
    }

    @inline(never)
    private mutating func newText(_ id: TextID, _ texts: TextTable) -> UInt32 {
        let number = dictionary.text(id, in: texts)
        textIDs[Int(id.rawValue)] = number
        return number
    }

    @inline(__always)
    mutating func optionalText(_ id: TextID, _ texts: TextTable) -> Int64 {
        id.isNone ? Cell.null : Int64(text(id, texts))
    }

    @inline(__always)
    mutating func address(_ address: IPAddress) -> Int64 {
        if let v4 = address.v4 { return Cell.address(v4: v4) }
        if address.high | address.low == 0 { return Cell.null }
        return Cell.address(v6: addresses.id(address, dictionary))
    }

    @inline(__always)
    mutating func endpoint(_ endpoint: Endpoint) -> Int64 {
        let address = address(endpoint.address)
        if address == Cell.null { return Cell.null }
        return endpoints.id(ProfileKey(UInt64(bitPattern: address), UInt64(endpoint.port)), dictionary)
    }

    @inline(__always)
    mutating func base(of source: UInt32, _ first: Timestamp) -> Int64 {
        if source == baseSource { return base }
        base = dictionary.base(of: source, first: first)
        baseSource = source
        return base
    }
}
