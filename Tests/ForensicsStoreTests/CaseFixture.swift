import Foundation
import ForensicsModel
import ForensicsStore

/// A folder of its own for the cases of one test, removed with it.
final class CaseFixture {
    let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "case-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String = "case.db") -> String { folder + "/" + name }

    /// Opens the case for writing, makes it if it is not there.
    func store(_ name: String = "case.db", _ access: CaseStore.Access = .create) throws -> CaseStore {
        try CaseStore(path: path(name), access: access)
    }
}

/// Every value of an exported view, as text.
func export(_ view: CaseView, _ store: CaseStore) throws -> (columns: [String], rows: [[SQLValue]]) {
    var columns: [String] = []
    var rows: [[SQLValue]] = []
    try store.exportView(view) {
        columns = $0
    } row: {
        rows.append($0)
        return true
    }
    return (columns, rows)
}

/// The rows of a query.
func rows(_ sql: String, _ store: CaseStore, _ parameters: [String: SQLValue] = [:]) throws -> [[SQLValue]] {
    var rows: [[SQLValue]] = []
    try store.query(sql, parameters: parameters) { _ in
    } row: {
        rows.append($0)
        return true
    }
    return rows
}

/// Writes one unit of one source from a batch that `make` fills for the source's ordinal.
@discardableResult
func write(
    _ store: CaseStore, path: String, kind: EvidenceKind, finish: Bool = true,
    findings: (UInt32) -> [Finding] = { _ in [] }, requests: RequestRows = .whole,
    make: (UInt32, inout FactBatch) -> Void
) throws -> UnitHandle {
    let unit = try store.beginUnit(
        UnitDescription(
            key: path, kind: kind, vantage: "v", options: "o", sources: [SourceDescription(path: path, bytes: 10)]))
    let ordinal = unit.ordinals[0]
    var batch = FactBatch()
    make(ordinal, &batch)
    var encoder = store.makeEncoder(requests: requests)
    try store.append(try encoder.encode(batch))
    guard finish else { return unit }
    var tally = LedgerTally()
    for fact in batch.exchanges { tally.see(fact.time) }
    for fact in batch.connections { tally.see(fact.end) }
    for fact in batch.healthChecks { tally.see(fact.time) }
    tally.accepted = UInt64(batch.exchanges.count + batch.connections.count + batch.healthChecks.count)
    for reject in batch.rejects { tally.reject(reject.reason) }
    var builder = RollupBuilder()
    builder.add(batch)
    var source = SourceResult(ordinal: ordinal, status: .complete, tally: tally)
    source.contentKey = "content of \(path)"
    source.counts.rollups = builder.packed()
    source.counts.distributions = builder.packedDistributions()
    var result = UnitResult(sources: [source])
    result.findings = findings(ordinal)
    try store.finishUnit(unit, result)
    return unit
}

/// 2025-11-03T11:00:00Z.
let noon = Timestamp(nanoseconds: 1_762_167_600_000_000_000)

/// An exchange with every column set, different for each record.
func fullExchange(_ source: UInt32, _ record: UInt32, _ kind: EvidenceKind, _ texts: inout TextTable) -> Exchange {
    var exchange = Exchange(
        id: FactID(source: source, record: record), offset: 0, kind: kind,
        time: noon.advanced(by: Int64(record) * 1_234_567),
        client: Endpoint(IPAddress(v4: 0xC633_6400 + record % 256), UInt16(40000 + record % 1000)))
    exchange.start = exchange.time.advanced(by: -75_000_001)
    exchange.totalTime = 75_000_001
    exchange.target = Endpoint(IPAddress(v4: 0x0A00_0001), 8443)
    exchange.scheme = .https
    exchange.httpVersion = .http11
    exchange.tlsVersion = .tls13
    exchange.blame = .target
    exchange.cause = .targetError
    exchange.flags = [.aborted, .forwardedPrivate]
    exchange.status = 502
    exchange.targetStatus = 500
    exchange.loadBalancer = texts.intern("app/web/0123")
    exchange.node = texts.intern("10.0.0.9")
    exchange.targetGroup = texts.intern("tg")
    exchange.domain = texts.intern("shop.example")
    exchange.method = texts.intern("POST")
    exchange.pathTemplate = texts.intern("/orders/{id}")
    exchange.pathArgument = .number(Int64(record))
    exchange.userAgent = texts.intern("curl/8")
    exchange.tlsCipher = texts.intern("TLS_AES_128_GCM_SHA256")
    exchange.errorReason = texts.intern("LambdaUnhandled")
    exchange.actions = texts.intern("waf,forward")
    exchange.classification = texts.intern("Ambiguous")
    exchange.extra = texts.intern("tail")
    exchange.certificate = texts.intern("arn:aws:acm:us-east-1:1:certificate/c")
    exchange.rulePriority = -1
    exchange.details = texts.intern("{\"redirect_url\":\"https://shop.example/\"}")
    exchange.trace = .root(0x6701_2345_89AB_CDEF, UInt64(record))
    exchange.traceKey = 0xFFFF_0000_0000_0000 | UInt64(record)
    exchange.requestTime = 1_000_000
    exchange.targetTime = 2_345_000
    exchange.responseTime = 0
    exchange.bytesFromClient = 321
    exchange.bytesFromServer = 0
    exchange.weight = 1
    return exchange
}

/// A connection with every column of its kind set.
func fullConnection(_ source: UInt32, _ record: UInt32, _ kind: EvidenceKind, _ texts: inout TextTable) -> Connection {
    let end = noon.advanced(by: Int64(record) * 1_000_000_007)
    var connection = Connection(
        id: FactID(source: source, record: record), offset: 0, kind: kind,
        start: end.advanced(by: -Int64(record) * 61_000_000_000), end: end,
        client: Endpoint(IPAddress(v4: 0xC000_0200 + record % 256), UInt16(50000 + record % 1000)),
        server: Endpoint(IPAddress(v4: 0x0A00_0002), 443))
    connection.duration = Int64(record) * 61_000_000_000
    connection.peer = IPAddress(v4: 0x0A00_0003)
    connection.service = .tls
    connection.tlsVersion = .tls12
    connection.flags = [.startSeen, .endSeen]
    connection.loadBalancer = texts.intern("net/lb/45")
    connection.domain = texts.intern("api.example")
    connection.tlsCipher = texts.intern("ECDHE-RSA-AES128-GCM-SHA256")
    connection.alpn = texts.intern("h2")
    connection.errorReason = texts.intern("alert 40")
    connection.details = texts.intern("{\"listener\":\"0a1b\"}")
    connection.traceKey = 77
    connection.bytesFromClient = 10
    connection.bytesFromServer = 5_000_000_000
    connection.tlsHandshake = 12_000_000
    connection.packetsFromClient = 3
    connection.packetsFromServer = 4
    if kind.isCapture {
        connection.role = .backend
        connection.state = .rsto
        connection.resetBy = .client
        connection.history = texts.intern("ShADadR")
        connection.ja4 = texts.intern("t13d1516h2_8daaf6152771_b186095e22b6")
        connection.tunnel = texts.intern("vni=5")
        connection.retransmissions = 2
        connection.outOfOrder = 0
        connection.duplicateACKs = 1
        connection.zeroWindows = 0
        connection.resets = 1
        connection.handshake = 345_678
    }
    return connection
}
