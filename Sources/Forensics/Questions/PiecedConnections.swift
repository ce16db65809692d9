import ForensicsModel
import ForensicsStore
import Synchronization

/// Connections of the most active clients of an access log, pieced together from requests that name one connection.
///
/// A lower bound of their lengths: nothing tells when a connection began before its first request. A request whose record
/// names no connection stands for one that lasted at least as long. As they are those of some clients, they count in no
/// total.
struct PiecedConnections {
    let session: CaseSession
    let group: EvidenceGroup
    /// Clients of each window.
    var top = Int.max
    var measure = RankMeasure.requests
    /// Nanoseconds; shorter ones are of no interest.
    var long = CaseStore.listedDuration
    /// What the evidence of each window covers: what ends beside it is another window's. Empty where there is one window.
    var covered: [[TimeWindow]] = []

    /// How far before and after a window an access log is searched for the other requests of a connection: a client's
    /// connection lives an hour at most by default (ALB client keep-alive).
    static let reach: Int64 = 3_900_000_000_000
    /// Connections of both windows that are told apart at most; the shortest of more are left out, which is said.
    private static let limit = 1 << 21

    /// A window's clients, by index, and where to look for their requests.
    private struct Side: Sendable {
        let span: TimeWindow
        let isClient: [Bool]
    }

    /// Adds the long ones to what was gathered of two windows, reading the rows once for both where they are near. Of the
    /// window before, clients of either window have their longest connection told, long or not.
    ///
    /// - Returns: How many of the shortest connections were left out because there were too many to be told apart.
    func add(to windows: inout [WindowReading.Gathered]) throws(ForensicsError) -> Int64 {
        // What ranks by duration comes of the pieces: whoever holds one may be first.
        let limit = measure == .duration ? Int.max : top
        let chosen = windows.map { $0.accumulator.topClients(limit, by: measure) }
        let clients = Set(chosen.joined()).sorted()
        let sides = zip(windows, [clients, chosen[1]].map(Set.init)).map { gathered, chosen in
            Side(span: Self.span(around: gathered.window), isClient: clients.map { chosen.contains($0) })
        }
        let table = try pieced(clients, sides)
        for side in windows.indices {
            windows[side].accumulator.addLong(
                batch(table, side, sides[side], clients, windows[side].window), countsInTotals: false)
        }
        for piece in table.pieces {
            let (start, end) = (piece.start[0], piece.end[0])
            guard end > start, end.since(start) <= long, isCovered(end, 0) else { continue }
            windows[0].accumulator.addShorter(
                clients[Int(piece.client)], from: start, to: end, isCensored: !piece.isUpgraded)
        }
        return table.refused
    }

    /// All connections of a window's clients that end in it, those of one request too; a request that names none only where it
    /// is long.
    ///
    /// - Returns: How many of the shortest were left out beside.
    func all(
        of gathered: WindowReading.Gathered
    ) throws(ForensicsError) -> (connections: [Connection], refused: Int64) {
        let clients = gathered.accumulator.topClients(top, by: measure).sorted()
        let side = Side(span: Self.span(around: gathered.window), isClient: clients.map { _ in true })
        let none = Side(span: side.span, isClient: clients.map { _ in false })
        let table = try pieced(clients, [side, none])
        let connections = table.pieces.map { connection($0, side: 0, clients) }
        return (
            connections.filter { gathered.window.contains($0.end) }.sorted { $0.id < $1.id }, table.refused
        )
    }

    /// What is said of connections that were left out.
    static func refusal(_ connections: Int64) -> String {
        "\(NumberText.grouped(connections)) connections are left out, the shortest, as more than \(NumberText.grouped(Int64(limit))) "
            + "cannot be told apart: counts and totals of durations are too small; of one that went on the beginning is missing."
    }

    private static func span(around window: TimeWindow) -> TimeWindow {
        TimeWindow(start: window.start.advanced(by: -reach), end: window.end.advanced(by: reach))
    }

    /// The parts of time that some spans cover together: one where they meet.
    private static func joined(_ spans: [TimeWindow]) -> [TimeWindow] {
        var joined: [TimeWindow] = []
        for span in spans.sorted(by: { $0.start < $1.start }) {
            if let last = joined.last, span.start <= last.end {
                joined[joined.count - 1].end = max(last.end, span.end)
            } else {
                joined.append(span)
            }
        }
        return joined
    }

    /// What is pieced together while a thread reads on.
    private final class Pieces: Sendable {
        let table = Mutex(TraceTable(limit: PiecedConnections.limit))
    }

    /// Reads the requests of the clients around the windows and pieces them together, on another thread.
    private func pieced(_ clients: [IPAddress], _ sides: [Side]) throws(ForensicsError) -> TraceTable {
        let pieces = Pieces()
        let queue = HandoffQueue<[TracedRequest]>(capacity: 8)
        let thread = WorkerThreads()
        thread.start("pieces") {
            while let requests = queue.take() {
                pieces.table.withLock { $0.add(requests) { Self.seen($0, sides) } }
            }
        }
        let filter = CompiledFilter(session.filter)
        let isOfSome = !session.filter.loadBalancers.isEmpty || !session.filter.nodes.isEmpty
        let admits = { (loadBalancer: String?, node: String?) in
            filter.admits(node: node)
                && filter.admits(loadBalancer: loadBalancer, at: node.flatMap { IPAddress($0) }, or: nil)
        }
        let outcome = Result { () throws(ForensicsError) in
            try session.reading {
                for span in Self.joined(sides.map(\.span)) {
                    let scan = FactScan(window: span, sources: group.sources)
                    try session.store.scanTraces(
                        scan, of: clients, orLongerThan: long, admits: isOfSome ? admits : nil
                    ) { queue.put($0) }
                }
            }
        }
        queue.close()
        thread.join()
        try outcome.get()
        return pieces.table.withLock { $0 }
    }

    /// On which sides a request counts.
    private static func seen(_ request: TracedRequest, _ sides: [Side]) -> InlineArray<2, Bool> {
        var isSeen = InlineArray<2, Bool>(repeating: false)
        for side in sides.indices where sides[side].isClient[Int(request.client)] {
            isSeen[side] = sides[side].span.contains(request.end)
        }
        return isSeen
    }

    private func isCovered(_ time: Timestamp, _ side: Int) -> Bool {
        covered.isEmpty || covered[side].contains { $0.contains(time) }
    }

    private func batch(
        _ table: TraceTable, _ side: Int, _ wanted: Side, _ clients: [IPAddress], _ window: TimeWindow
    ) -> FactBatch {
        var batch = FactBatch()
        for piece in table.pieces {
            let (start, end) = (piece.start[side], piece.end[side])
            guard end > start, end.since(start) > long, wanted.isClient[Int(piece.client)] else { continue }
            if window.contains(end), !isCovered(end, side) { continue }
            batch.connections.append(connection(piece, side: side, clients))
        }
        batch.connections.sort { $0.id < $1.id }
        return batch
    }

    /// A connection as one side saw it.
    private func connection(_ piece: TraceTable.Piece, side: Int, _ clients: [IPAddress]) -> Connection {
        let (start, end) = (piece.start[side], piece.end[side])
        var connection = Connection(
            id: piece.id, offset: 0, kind: group.kind, start: start, end: end,
            client: Endpoint(clients[Int(piece.client)], 0), server: Endpoint(.unspecified, 0))
        connection.duration = end.since(start)
        if piece.isUpgraded { connection.flags = [.startSeen, .endSeen] }
        return connection
    }
}
