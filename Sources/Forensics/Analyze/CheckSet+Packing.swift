import ForensicsModel

/// What the checks saw of one log, kept in the case until all logs are there.
///
/// A load balancer writes an object for each node and five minutes, and episodes, bursts and changes of health go on from
/// one to the next: what one object holds decides nothing. `join` puts them together.
extension CheckSet {
    /// Everything seen so far; `finish` was not called.
    package func packed() -> [UInt8] {
        var writer = NumberWriter()
        context.subjects.write(to: &writer)
        context.episodes.write(to: &writer)
        context.bursts.write(to: &writer)
        context.healthStates.write(to: &writer)
        context.loadBalancers.write(to: &writer)
        return writer.bytes
    }

    /// Adds what was seen of one log. Logs come in order of their first records.
    ///
    /// - Parameter source: the number by which findings are to name the log.
    /// - Returns: `false` if these are no bytes that `packed` gave; then some may have been added.
    package mutating func join(_ packed: [UInt8], source: UInt32) -> Bool {
        var reader = PackedChecks(NumberReader(packed, source: source))
        return reader.readSubjects(into: &context) && reader.readEpisodes(into: &context)
            && reader.readBursts(into: &context) && reader.readHealthStates(into: &context)
            && reader.readLoadBalancers(into: &context) && reader.isAtEnd
    }
}

/// Reads the parts of what a log's checks saw, in their order.
private struct PackedChecks {
    private var numbers: NumberReader
    /// The numbers here of the texts there.
    private var texts: [UInt32] = [0]

    init(_ numbers: NumberReader) { self.numbers = numbers }

    var isAtEnd: Bool { numbers.isAtEnd }

    mutating func readSubjects(into context: inout CheckContext) -> Bool {
        guard let count = numbers.nextCount() else { return false }
        for _ in 0..<count {
            guard let text = numbers.nextText() else { return false }
            texts.append(context.number(kept: text))
        }
        return true
    }

    mutating func readEpisodes(into context: inout CheckContext) -> Bool {
        guard let count = numbers.nextCount() else { return false }
        for _ in 0..<count {
            guard let key = nextKey(), let episode = Episode(&numbers) else { return false }
            context.add(episode, key)
        }
        return true
    }

    mutating func readBursts(into context: inout CheckContext) -> Bool {
        guard let count = numbers.nextCount() else { return false }
        for _ in 0..<count {
            guard let key = nextKey(), let episode = Episode(&numbers) else { return false }
            context.addBurst(episode, key)
        }
        return true
    }

    mutating func readHealthStates(into context: inout CheckContext) -> Bool {
        guard let count = numbers.nextCount() else { return false }
        for _ in 0..<count {
            guard let target = nextSubject(), let high = numbers.next(), let low = numbers.next(),
                let node = nextText(), let group = nextText(), let states = numbers.next(),
                let last = numbers.nextTime(), let first = Episode(&numbers)
            else { return false }
            let key = HealthStateTable.Key(
                target: target, checker: IPAddress(high: high, low: low), node: node, targetGroup: group)
            let (wasHealthy, isHealthy) = (states & 1 == 1, states & 2 == 2)
            // The first check of this log after the last of the one before.
            if context.healthStates.changes(key, isHealthy: wasHealthy, at: first.start) {
                context.add(first, EpisodeTable.Key(check: .healthFlap, blame: .target, subject: target))
            }
            _ = context.healthStates.changes(key, isHealthy: isHealthy, at: last)
        }
        return true
    }

    mutating func readLoadBalancers(into context: inout CheckContext) -> Bool {
        for kind in LoadBalancerEvidence.Kind.allCases {
            guard let isThere = numbers.next() else { return false }
            if isThere == 0 { continue }
            guard let episode = Episode(&numbers) else { return false }
            context.loadBalancers.join(episode, kind)
        }
        return true
    }

    private mutating func nextKey() -> EpisodeTable.Key? {
        guard let check = numbers.next().flatMap({ CheckID(rawValue: UInt8(truncatingIfNeeded: $0)) }),
            let blame = numbers.next().flatMap({ Blame(rawValue: UInt8(truncatingIfNeeded: $0)) }),
            let subject = nextSubject()
        else { return nil }
        return EpisodeTable.Key(check: check, blame: blame, subject: subject)
    }

    private mutating func nextSubject() -> Subject? {
        guard let form = numbers.next().flatMap({ Subject.Form(rawValue: UInt8(truncatingIfNeeded: $0)) }) else {
            return nil
        }
        switch form {
        case .none: return Subject.none
        case .other: return .other
        case .text: return nextText().map { Subject(text: $0) }
        case .address, .endpoint, .request:
            guard let high = numbers.next(), let low = numbers.next() else { return nil }
            let address = IPAddress(high: high, low: low)
            if form == .address { return Subject(address) }
            if form == .endpoint {
                return numbers.next().map { Subject(Endpoint(address, UInt16(truncatingIfNeeded: $0))) }
            }
            guard let domain = nextText(), let path = nextText(), let argument = numbers.next() else { return nil }
            return Subject(address, domain: domain, Subject.Path(template: path, argument: argument))
        }
    }

    private mutating func nextText() -> UInt32? {
        numbers.next().flatMap { $0 < UInt64(texts.count) ? texts[Int($0)] : nil }
    }
}

extension NumberWriter {
    mutating func add(_ key: EpisodeTable.Key) {
        add(UInt64(key.check.rawValue))
        add(UInt64(key.blame.rawValue))
        add(key.subject)
    }

    mutating func add(_ subject: Subject) {
        add(UInt64(subject.form.rawValue))
        switch subject.form {
        case .none, .other: break
        case .text: add(subject.word)
        case .address, .endpoint, .request:
            add(subject.high)
            add(subject.low)
            if subject.form == .endpoint { add(subject.word) }
            if subject.form == .request {
                add(subject.word >> 32)
                add(subject.word & 0xFFFF_FFFF)
                add(subject.argument)
            }
        }
    }
}
