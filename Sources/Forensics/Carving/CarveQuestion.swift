import ForensicsDecode
import ForensicsIngest
import ForensicsModel
import ForensicsStore
import Foundation

/// What `carve` is asked: which packets, from the original captures.
public struct CarveQuestion: Sendable {
    /// What the question is restricted to. A time alone chooses every packet in it; every filter chooses connections, by
    /// what they are or by a request that they carry.
    public var restrictions: Restrictions
    /// A finding whose connections are wanted.
    public var finding: Int64?
    /// Connections that are wanted, by id.
    public var connections: [Int64] = []
    /// Where `capture --ring` kept packets.
    public var ringFolder: String?
    /// Where the original captures lie now, if they were moved after they were read.
    public var captureFolder: String?
    /// Makes a file without names, that can be given away, if there is a secret for it.
    public var anonymization: AnonymizationSecret?
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
        /// Of live captures from whose ring the first packets have gone: how many, and what the case calls the source.
        public var gone: [(source: String, packets: UInt32)] = []
        /// Files of the ring that could not be read: packets may be missing for that.
        public var unread: [ForensicsError] = []
        /// Where the packets were captured: one that passed two of these places is there twice.
        public var vantages: [String] = []
        /// Connections among them that carry requests of other clients too.
        public var shared = 0
        /// Connections left out as they carry requests of clients to be ignored too.
        public var withheld = 0
        /// What the case keeps of the finding, where that is not all.
        public var evidence: Evidence?

        /// Records that show a finding.
        public struct Evidence: Sendable {
            /// How often it was seen.
            public var seen: UInt64
            /// How many of the records the case keeps.
            public var kept: Int
        }
        /// The filters in force, in words.
        public var filters: String?
        /// What was replaced, zeroed and kept, if that was asked for.
        public var anonymized: AnonymizationSummary?
    }

    /// Reads the original captures again and writes the wanted packets as pcapng, in order of time.
    ///
    /// - Parameter sink: takes the bytes; what it took is not to be kept if this throws.
    /// - Throws: `ForensicsError` if nothing is wanted, or if an original is missing or is no longer what was read.
    public func answer(to sink: ([UInt8]) throws -> Void) throws -> Summary {
        guard
            finding != nil || !connections.isEmpty || restrictions.leavesOutFacts || restrictions.from != nil
                || restrictions.to != nil
        else {
            throw ForensicsError(
                .usage, "carve: say what: --finding, --connection, --client or another filter, or --from and --to.")
        }
        let addresses = try anonymization.map { AddressAnonymizer(key: try $0.key()) }
        let session = try CaseSession(restrictions)
        let captures = session.sources.filter { $0.kind.isCapture && session.admits($0) }
        guard !captures.isEmpty else {
            throw ForensicsError(.data, "\(restrictions.store): holds no captures to take packets from; see `sources`.")
        }
        let reader = CarveReader(
            captures: captures, rings: RingFolder(ringFolder), captureFolder: captureFolder)
        let wanted = try CarveSelection(question: self, session: session, reader: reader, addresses: addresses)
            .wanted()
        return try write(wanted, reader, session, addresses.map(PacketAnonymizer.init), sink)
    }

    static let ringHasPassed = ForensicsError(
        .data, "carve: the ring keeps nothing of what is wanted any more; give `capture --ring` more room.")

    private func write(
        _ wanted: CarveSelection.Wanted, _ reader: CarveReader, _ session: CaseSession,
        _ anonymizer: PacketAnonymizer?, _ sink: ([UInt8]) throws -> Void
    ) throws -> Summary {
        var summary = Summary()
        summary.shared = wanted.shared
        summary.withheld = wanted.withheld
        summary.evidence = wanted.evidence
        summary.filters = restrictions.description
        var units = wanted.units
        summary.connections = units.values.reduce(0) { $0 + $1.count }
        let sources = reader.captures.filter { source in
            if let window = wanted.wholeWindow { return source.kind == .live || Self.lies(source, in: window) }
            return units[source.unitKey]?.mayLie(in: source) ?? false
        }
        // Before anything is written: fragments may come before the one that tells their ports.
        for unit in units.keys.sorted() {
            try reader.findFragments(
                in: sources.filter { $0.unitKey == unit }, &units[unit, default: CarvedFlows()])
        }
        summary.files = sources.count
        Self.noteRings(of: sources, reader, &summary)
        var writer = CarveWriter(application: application, title: wanted.title, anonymizer: anonymizer)
        try reader.read(sources) { source, frames, bytes, packets in
            // Once a batch: a unit's key is a path.
            var flows = units.removeValue(forKey: source.unitKey) ?? CarvedFlows()
            defer { units[source.unitKey] = flows }
            for packet in packets.packets {
                guard let comment = wanted.comment(on: packet, in: packets, &flows),
                    let frame = frames[packet.record]
                else { continue }
                try writer.write(frame, bytes, of: source, comment: comment, to: sink)
            }
        }
        summary.packets = writer.packets
        summary.vantages = writer.vantages.sorted()
        summary.lost = units.values.reduce(0) { $0 + $1.unseenCount }
        if summary.packets == 0, summary.lost > 0 || !summary.gone.isEmpty {
            throw summary.unread.first ?? Self.ringHasPassed
        }
        // A ring may keep what a running capture has not yet told the case.
        if summary.packets == 0, let error = session.uncovered(try session.groups().filter(\.kind.isCapture)) {
            throw error
        }
        try writer.finish(to: sink)
        summary.anonymized = writer.anonymizer.map(AnonymizationSummary.init)
        return summary
    }

    /// What the rings of live captures have lost, and which of their files cannot be read.
    private static func noteRings(of sources: [SourceRecord], _ reader: CarveReader, _ summary: inout Summary) {
        let live = sources.filter { $0.kind == .live }
        if live.isEmpty { return }
        summary.unread = reader.rings.unread.map { ForensicsError($0) }
        for source in live {
            let gone = reader.rings.lostPackets(of: source.path)
            if gone > 0 { summary.gone.append((source.path, gone)) }
        }
    }

    private static func lies(_ source: SourceRecord, in window: TimeWindow) -> Bool {
        guard let first = source.firstTime, let last = source.lastTime else { return false }
        return window.overlaps(first, last)
    }
}
