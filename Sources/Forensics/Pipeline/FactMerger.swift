import ForensicsModel
import ForensicsTrack

/// Joins what several trackers gave for one part of a capture into one batch in order of the facts' ids.
///
/// Which tracker made a fact leaves no trace: that is what makes the result the same for any number of threads. The
/// memory of the batch, and its texts while a chapter lasts, are those of the part before.
struct FactMerger {
    /// The facts of the part at hand.
    var merged = FactBatch()
    /// By tracker: the ids in `merged` of its texts.
    private var maps: [[TextID]] = []
    private var endsChapter = true
    /// Whether the texts of the part at hand are those of the part before, and perhaps more.
    private(set) var continues = false

    /// Replaces `merged` by one sorted batch of everything in `parts`, one from each tracker, always in the same order.
    mutating func merge(_ parts: [FactPart]) {
        continues = !endsChapter
        if endsChapter {
            merged.texts.removeAll()
            maps = parts.map { _ in [TextID(rawValue: 0)] }
        }
        endsChapter = parts.contains { $0.endsChapter }
        for (index, part) in parts.enumerated() { merged.texts.add(part.newTexts, ids: &maps[index]) }
        Self.move(parts, maps, \.facts.connections, &merged.connections)
        Self.move(parts, maps, \.facts.exchanges, &merged.exchanges)
        Self.move(parts, maps, \.facts.healthChecks, &merged.healthChecks)
        merged.events.removeAll(keepingCapacity: true)
        merged.segments.removeAll(keepingCapacity: true)
        merged.rejects.removeAll(keepingCapacity: true)
        for part in parts {
            merged.events += part.facts.events
            merged.segments += part.facts.segments
            merged.rejects += part.facts.rejects
        }
        merged.rejects.sort { $0.id < $1.id }
        Self.sortEvents(&merged)
    }

    /// Facts are large: each is moved once, over what an earlier part left.
    private static func move<Fact: TrackedFact>(
        _ parts: [FactPart], _ maps: [[TextID]], _ kind: KeyPath<FactPart, [Fact]>, _ merged: inout [Fact]
    ) {
        let tracked = parts.map { $0[keyPath: kind] }
        var order = FactOrder(count: tracked.reduce(0) { $0 + $1.count })
        for (part, list) in tracked.enumerated() {
            let facts = list.span
            for index in facts.indices { order.append(facts[index].id.rawValue, part: part, index: index) }
        }
        order.sort()
        if merged.count > order.count { merged.removeLast(merged.count - order.count) }
        guard let blank = tracked.lazy.compactMap(\.first).first else { return }
        merged.append(contentsOf: repeatElement(blank, count: order.count - merged.count))
        for (part, list) in tracked.enumerated() { move(order, part, list.span, maps[part], &merged) }
    }

    private static func move<Fact: TrackedFact>(
        _ order: FactOrder, _ part: Int, _ facts: Span<Fact>, _ map: [TextID], _ merged: inout [Fact]
    ) {
        var out = merged.mutableSpan
        for place in 0..<order.count where order[place].part == part {
            out[place] = facts[order[place].index]
            out[place].remapTexts(map)
        }
    }

    /// Several events may come from one packet: their kinds tell them apart.
    private static func sortEvents(_ batch: inout FactBatch) {
        batch.events.sort {
            ($0.id.rawValue, $0.kind.rawValue, $0.connection.rawValue)
                < ($1.id.rawValue, $1.kind.rawValue, $1.connection.rawValue)
        }
    }
}

/// What is joined in the order of its ids.
private protocol TrackedFact {
    var id: FactID { get }

    /// Replaces every text id by its image: the fact moves to another batch.
    mutating func remapTexts(_ map: [TextID])
}

extension Connection: TrackedFact {
    fileprivate mutating func remapTexts(_ map: [TextID]) {
        loadBalancer.remap(map)
        node.remap(map)
        domain.remap(map)
        history.remap(map)
        tlsCipher.remap(map)
        alpn.remap(map)
        ja4.remap(map)
        errorReason.remap(map)
        tunnel.remap(map)
        details.remap(map)
    }
}

extension Exchange: TrackedFact {
    fileprivate mutating func remapTexts(_ map: [TextID]) {
        loadBalancer.remap(map)
        node.remap(map)
        targetGroup.remap(map)
        domain.remap(map)
        method.remap(map)
        pathTemplate.remap(map)
        userAgent.remap(map)
        tlsCipher.remap(map)
        errorReason.remap(map)
        actions.remap(map)
        classification.remap(map)
        forwardedFor.remap(map)
        extra.remap(map)
        certificate.remap(map)
        details.remap(map)
        switch pathArgument {
        case .none, .number: break
        case .text(let id): pathArgument = .text(map[Int(id.rawValue)])
        case .whole(let id): pathArgument = .whole(map[Int(id.rawValue)])
        }
        if case .text(let id) = trace { trace = .text(map[Int(id.rawValue)]) }
    }
}

extension HealthCheck: TrackedFact {
    fileprivate mutating func remapTexts(_ map: [TextID]) {
        loadBalancer.remap(map)
        targetGroup.remap(map)
        node.remap(map)
        targetName.remap(map)
        reason.remap(map)
    }
}

extension TextID {
    @inline(__always)
    fileprivate mutating func remap(_ map: [TextID]) {
        if rawValue != 0 { rawValue = map[Int(rawValue)].rawValue }
    }
}
