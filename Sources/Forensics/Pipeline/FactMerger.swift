import ForensicsModel

/// Joins what several trackers gave for one part of a capture into one batch in order of the facts' ids.
///
/// Which tracker made a fact leaves no trace: that is what makes the result the same for any number of threads.
enum FactMerger {
    /// Returns one sorted batch of everything in `batches`. Facts are large: each is moved once.
    static func merge(_ batches: [FactBatch]) -> FactBatch {
        var merged = FactBatch()
        let maps = batches.map { joinTexts($0.texts, &merged.texts) }
        moveConnections(batches, maps, &merged)
        moveExchanges(batches, maps, &merged)
        moveHealthChecks(batches, maps, &merged)
        for batch in batches {
            merged.events += batch.events
            merged.rejects += batch.rejects
        }
        merged.rejects.sort { $0.id < $1.id }
        sortEvents(&merged)
        return merged
    }

    /// Adds the texts of a batch and returns their new ids by the old ones.
    private static func joinTexts(_ texts: TextTable, _ merged: inout TextTable) -> [TextID] {
        var map = [TextID(rawValue: 0)]
        map.reserveCapacity(texts.count + 1)
        let arena = texts.arena
        for raw in 1..<(UInt32(texts.count) + 1) {
            map.append(merged.intern(arena.span, texts.range(TextID(rawValue: raw))))
        }
        return map
    }

    private static func moveConnections(_ batches: [FactBatch], _ maps: [[TextID]], _ merged: inout FactBatch) {
        var order = FactOrder(count: batches.reduce(0) { $0 + $1.connections.count })
        for (part, batch) in batches.enumerated() {
            let facts = batch.connections.span
            for index in facts.indices { order.append(facts[index].id.rawValue, part: part, index: index) }
        }
        order.sort()
        var facts: [Connection] = []
        facts.reserveCapacity(order.count)
        for place in order.places {
            facts.append(batches[place.part].connections[place.index])
            facts[facts.count - 1].remapTexts(maps[place.part])
        }
        merged.connections = facts
    }

    private static func moveExchanges(_ batches: [FactBatch], _ maps: [[TextID]], _ merged: inout FactBatch) {
        var order = FactOrder(count: batches.reduce(0) { $0 + $1.exchanges.count })
        for (part, batch) in batches.enumerated() {
            let facts = batch.exchanges.span
            for index in facts.indices { order.append(facts[index].id.rawValue, part: part, index: index) }
        }
        order.sort()
        var facts: [Exchange] = []
        facts.reserveCapacity(order.count)
        for place in order.places {
            facts.append(batches[place.part].exchanges[place.index])
            facts[facts.count - 1].remapTexts(maps[place.part])
        }
        merged.exchanges = facts
    }

    private static func moveHealthChecks(_ batches: [FactBatch], _ maps: [[TextID]], _ merged: inout FactBatch) {
        var order = FactOrder(count: batches.reduce(0) { $0 + $1.healthChecks.count })
        for (part, batch) in batches.enumerated() {
            let facts = batch.healthChecks.span
            for index in facts.indices { order.append(facts[index].id.rawValue, part: part, index: index) }
        }
        order.sort()
        for place in order.places {
            var check = batches[place.part].healthChecks[place.index]
            check.remapTexts(maps[place.part])
            merged.healthChecks.append(check)
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

extension Connection {
    /// Replaces every text id by its image: the fact moves to another batch.
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

extension Exchange {
    /// Replaces every text id by its image: the fact moves to another batch.
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

extension HealthCheck {
    /// Replaces every text id by its image: the fact moves to another batch.
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
