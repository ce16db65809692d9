import ForensicsDecode
import ForensicsIngest
import ForensicsModel
import ForensicsStore
import Foundation

/// What `carve` is asked: which packets, from the original captures.
public struct CarveQuestion: Sendable {
    /// What the question is restricted to: clients and the time looked at choose packets as well.
    public var restrictions: Restrictions
    /// A finding whose connections are wanted.
    public var finding: Int64?
    /// Connections that are wanted, by id.
    public var connections: [Int64] = []
    /// Where `capture --ring` kept packets.
    public var ringFolder: String?
    /// Stands in the file as the program that wrote it.
    public var application: String

    /// Creates a question.
    public init(restrictions: Restrictions, application: String) {
        self.restrictions = restrictions
        self.application = application
    }

    /// What was written.
    public struct Summary: Sendable {
        /// Packets written.
        public var packets = 0
        /// Connections they belong to; 0 for a window alone.
        public var connections = 0
        /// Connections of which no packet was kept any more: only of live captures.
        public var lost = 0
        /// Original captures that were read.
        public var files = 0
    }

    /// Reads the original captures again and writes the wanted packets as pcapng, in their order, file by file.
    ///
    /// - Parameter sink: takes the bytes; what it took is not to be kept if this throws.
    /// - Throws: `ForensicsError` if nothing is wanted, or if an original is missing or is no longer what was read.
    public func answer(to sink: ([UInt8]) throws -> Void) throws -> Summary {
        guard
            finding != nil || !connections.isEmpty || !restrictions.clients.isEmpty || restrictions.from != nil
                || restrictions.to != nil
        else {
            throw ForensicsError(.usage, "carve: say what: --finding, --connection, --client, or --from and --to.")
        }
        let session = try CaseSession(restrictions)
        let captures = session.sources.filter { source in
            source.kind.isCapture && CaseSession.matches(session.filter.vantages) { $0 == source.vantage }
        }
        guard !captures.isEmpty else {
            throw ForensicsError(.data, "\(restrictions.store): holds no captures to take packets from; see `sources`.")
        }
        let reader = CarveReader(captures: captures, rings: RingFolder(ringFolder))
        let wanted = try CarveSelection(question: self, session: session, reader: reader).wanted()
        return try write(wanted, reader, sink)
    }

    private func write(
        _ wanted: CarveSelection.Wanted, _ reader: CarveReader, _ sink: ([UInt8]) throws -> Void
    ) throws -> Summary {
        var summary = Summary()
        var writer = PcapNGWriter()
        var out: [UInt8] = []
        writer.begin(application: application, comment: wanted.title, into: &out)
        var units = wanted.units
        summary.connections = units.values.reduce(0) { $0 + $1.count }
        // Before anything is written: fragments may come before the one that tells their ports.
        for unit in units.keys.sorted() {
            try reader.findFragments(of: unit, &units[unit, default: CarvedFlows()])
        }
        for source in reader.captures where wanted.wholeWindow != nil || units[source.unitKey] != nil {
            summary.files += 1
            var flows = units[source.unitKey] ?? CarvedFlows()
            try reader.read(source) { frames, bytes, packets in
                for packet in packets.packets {
                    var comment = ""
                    if let window = wanted.wholeWindow {
                        guard window.contains(packet.time) else { continue }
                    } else {
                        guard case .wanted(let text) = flows.look(at: packet, in: packets) else { continue }
                        comment = text
                    }
                    guard let frame = frames[packet.record] else { continue }
                    writer.append(
                        frame, bytes.span, source: source.id, path: source.path, comment: comment, into: &out)
                    summary.packets += 1
                    if out.count > 1 << 18 {
                        try sink(out)
                        out.removeAll(keepingCapacity: true)
                    }
                }
            }
            units[source.unitKey] = flows
        }
        summary.lost = units.values.reduce(0) { $0 + $1.unseenCount }
        if summary.packets == 0, summary.lost > 0 {
            throw ForensicsError(
                .data, "carve: the ring keeps nothing of what is wanted any more; give `capture --ring` more room.")
        }
        try sink(out)
        return summary
    }
}
