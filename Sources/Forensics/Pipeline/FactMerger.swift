import ForensicsModel

/// Joins what several trackers gave for one part of a capture into one batch in order of the facts' ids.
///
/// Which tracker made a fact leaves no trace: that is what makes the result the same for any number of threads.
enum FactMerger {
    /// Returns one sorted batch of everything in `batches`.
    static func merge(_ batches: [FactBatch]) -> FactBatch {
        if batches.count == 1 {
            var only = batches[0]
            sort(&only)
            return only
        }
        var merged = FactBatch()
        for batch in batches { append(batch, to: &merged) }
        sort(&merged)
        return merged
    }

    private static func append(_ batch: FactBatch, to merged: inout FactBatch) {
        var map = [TextID](repeating: .none, count: batch.texts.count + 1)
        let arena = batch.texts.arena
        for raw in 1..<(UInt32(batch.texts.count) + 1) {
            map[Int(raw)] = merged.texts.intern(arena.span, batch.texts.range(TextID(rawValue: raw)))
        }
        for var connection in batch.connections {
            connection.remapTexts { map[Int($0.rawValue)] }
            merged.connections.append(connection)
        }
        for var exchange in batch.exchanges {
            exchange.remapTexts { map[Int($0.rawValue)] }
            merged.exchanges.append(exchange)
        }
        for var check in batch.healthChecks {
            check.remapTexts { map[Int($0.rawValue)] }
            merged.healthChecks.append(check)
        }
        merged.events += batch.events
        merged.rejects += batch.rejects
    }

    private static func sort(_ batch: inout FactBatch) {
        sort(&batch.connections, by: \.id)
        sort(&batch.exchanges, by: \.id)
        sort(&batch.healthChecks, by: \.id)
        batch.rejects.sort { $0.id < $1.id }
        // Several events may come from one packet: their kinds tell them apart.
        batch.events.sort {
            ($0.id.rawValue, $0.kind.rawValue, $0.connection.rawValue)
                < ($1.id.rawValue, $1.kind.rawValue, $1.connection.rawValue)
        }
    }

    /// Sorts large values by moving each once.
    private static func sort<Fact>(_ facts: inout [Fact], by key: KeyPath<Fact, FactID>) {
        var order: [(id: Int64, index: Int32)] = []
        order.reserveCapacity(facts.count)
        var isSorted = true
        var last = Int64.min
        for index in facts.indices {
            let id = facts[index][keyPath: key].rawValue
            if id < last { isSorted = false }
            last = id
            order.append((id, Int32(index)))
        }
        if isSorted { return }
        order.sort { ($0.id, $0.index) < ($1.id, $1.index) }
        var sorted: [Fact] = []
        sorted.reserveCapacity(facts.count)
        for entry in order { sorted.append(facts[Int(entry.index)]) }
        facts = sorted
    }
}

extension Connection {
    /// Replaces every text id by its image: the fact moves to another batch.
    mutating func remapTexts(_ map: (TextID) -> TextID) {
        loadBalancer = map(loadBalancer)
        node = map(node)
        domain = map(domain)
        history = map(history)
        tlsCipher = map(tlsCipher)
        alpn = map(alpn)
        ja4 = map(ja4)
        errorReason = map(errorReason)
        tunnel = map(tunnel)
        details = map(details)
    }
}

extension Exchange {
    /// Replaces every text id by its image: the fact moves to another batch.
    mutating func remapTexts(_ map: (TextID) -> TextID) {
        loadBalancer = map(loadBalancer)
        node = map(node)
        targetGroup = map(targetGroup)
        domain = map(domain)
        method = map(method)
        pathTemplate = map(pathTemplate)
        userAgent = map(userAgent)
        tlsCipher = map(tlsCipher)
        errorReason = map(errorReason)
        actions = map(actions)
        classification = map(classification)
        forwardedFor = map(forwardedFor)
        extra = map(extra)
        certificate = map(certificate)
        details = map(details)
        switch pathArgument {
        case .none, .number: break
        case .text(let id): pathArgument = .text(map(id))
        case .whole(let id): pathArgument = .whole(map(id))
        }
        if case .text(let id) = trace { trace = .text(map(id)) }
    }
}

extension HealthCheck {
    /// Replaces every text id by its image: the fact moves to another batch.
    mutating func remapTexts(_ map: (TextID) -> TextID) {
        loadBalancer = map(loadBalancer)
        targetGroup = map(targetGroup)
        node = map(node)
        targetName = map(targetName)
        reason = map(reason)
    }
}
