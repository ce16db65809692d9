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
        context.bursts.write(to: &writer)
        context.episodes.write(to: &writer)
        context.healthStates.write(to: &writer)
        context.loadBalancers.write(to: &writer)
        if !context.targetLives.lives.isEmpty { context.targetLives.write(to: &writer) }
        return writer.bytes
    }

    /// Looks at what was seen of a log that will be joined: what is no burst over all logs is then passed over.
    ///
    /// - Returns: `false` if these are no bytes that `packed` gave.
    package mutating func expect(_ packed: [UInt8]) -> Bool {
        var reader = PackedChecks(NumberReader(packed, source: 0))
        return reader.readSubjects() && reader.countBursts(into: &context)
    }

    /// Adds what was seen of one log. Logs come in order of their first records.
    ///
    /// - Parameter source: the number by which findings are to name the log.
    /// - Returns: `false` if these are no bytes that `packed` gave; then some may have been added.
    package mutating func join(_ packed: [UInt8], source: UInt32) -> Bool {
        var reader = PackedChecks(NumberReader(packed, source: source))
        return reader.readSubjects() && reader.readBursts(into: &context)
            && reader.readEpisodes(into: &context) && reader.readHealthStates(into: &context)
            && reader.readLoadBalancers(into: &context)
            // Of other logs, and by earlier programs, no more is kept.
            && (reader.isAtEnd || reader.readTargetLives(into: &context)) && reader.isAtEnd
    }
}

/// Reads the parts of what a log's checks saw, in their order.
private struct PackedChecks {
    private var numbers: NumberReader
    /// The texts of the log, by their numbers there. Only those that something kept names get numbers here: nearly all
    /// redirects are to paths that nobody asks for again.
    private var texts: [[UInt8]] = [[]]

    init(_ numbers: NumberReader) { self.numbers = numbers }

    var isAtEnd: Bool { numbers.isAtEnd }

    mutating func readSubjects() -> Bool {
        guard let count = numbers.nextCount() else { return false }
        for _ in 0..<count {
            guard let text = numbers.nextText() else { return false }
            texts.append(text)
        }
        return true
    }

    mutating func readEpisodes(into context: inout CheckContext) -> Bool {
        guard let count = numbers.nextCount() else { return false }
        for _ in 0..<count {
            guard let key = nextKey(), let episode = Episode(&numbers) else { return false }
            context.add(episode, named(key, &context) ?? key.ofOthers)
        }
        return true
    }

    mutating func countBursts(into context: inout CheckContext) -> Bool {
        guard let count = numbers.nextCount() else { return false }
        for _ in 0..<count {
            guard let key = nextKey(), let head = Episode.PackedHead(&numbers) else { return false }
            if head.count > 1, Episode(head, &numbers) == nil { return false }
            context.expectBurst(head.count, at: head.start, digested(key))
        }
        return true
    }

    mutating func readBursts(into context: inout CheckContext) -> Bool {
        guard let count = numbers.nextCount() else { return false }
        for _ in 0..<count {
            guard let key = nextKey(), let head = Episode.PackedHead(&numbers) else { return false }
            let isTold = CheckRegistry.check(key.check).blameOfFew != nil
            if head.count == 1, !isTold, !context.mayBeBurst(at: head.start, digested(key)) { continue }
            guard let episode = Episode(head, &numbers) else { return false }
            guard let key = named(key, &context) else {
                context.refuse(episode.count)
                continue
            }
            context.addBurst(episode, key)
        }
        return true
    }

    mutating func readHealthStates(into context: inout CheckContext) -> Bool {
        guard let count = numbers.nextCount() else { return false }
        for _ in 0..<count {
            guard let key = nextChecks(&context), let states = numbers.next(), let last = numbers.nextTime(),
                let first = Episode(&numbers)
            else { return false }
            let (wasHealthy, isHealthy) = (states & 1 == 1, states & 2 == 2)
            // The first check of this log after the last of the one before.
            if context.healthStates.changes(key, isHealthy: wasHealthy, at: first.start) {
                context.add(first, EpisodeTable.Key(check: .healthFlap, blame: .target, subject: key.target))
            }
            _ = context.healthStates.changes(key, isHealthy: isHealthy, at: last)
        }
        return true
    }

    mutating func readTargetLives(into context: inout CheckContext) -> Bool {
        guard let count = numbers.nextCount() else { return false }
        for _ in 0..<count {
            guard let key = nextChecks(&context), let life = TargetLives.Life(&numbers) else { return false }
            context.targetLives.note(key, life)
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

    // MARK: - Texts

    /// The subject with the numbers that its texts have here, which they get; `nil` where there is no room for one.
    private func named(_ subject: Subject, _ context: inout CheckContext) -> Subject? {
        let sort: SubjectTexts.Sort = subject.form == .request ? .request : .name
        return subject.renumbered { $0 == 0 ? 0 : context.number(kept: texts[Int($0)], as: sort) }
    }

    private func named(_ key: EpisodeTable.Key, _ context: inout CheckContext) -> EpisodeTable.Key? {
        guard let subject = named(key.subject, &context) else { return nil }
        var key = key
        key.subject = subject
        return key
    }

    private func number(_ text: UInt32, _ context: inout CheckContext) -> UInt32 {
        text == 0 ? 0 : context.number(kept: texts[Int(text)], as: .name) ?? 0
    }

    /// The key with digests for its texts: the same whatever log it comes from, and it takes no room.
    private func digested(_ key: EpisodeTable.Key) -> EpisodeTable.Key {
        var key = key
        key.subject = key.subject.renumbered { UInt32(truncatingIfNeeded: digest($0)) } ?? key.subject
        return key
    }

    private func digest(_ text: UInt32) -> UInt64 {
        let bytes = texts[Int(text)]
        return TextTable.digest(bytes.span, 0..<bytes.count)
    }

    // MARK: - Pieces

    /// A key whose subject has the numbers of texts there.
    private mutating func nextKey() -> EpisodeTable.Key? {
        guard let head = numbers.nextMark(), let check = CheckID(rawValue: UInt8(truncatingIfNeeded: head >> 6)),
            let blame = Blame(rawValue: UInt8(head >> 3 & 7)), let subject = nextSubject(head & 7)
        else { return nil }
        return EpisodeTable.Key(check: check, blame: blame, subject: subject)
    }

    /// - Parameter form: the form's number, which stands before.
    private mutating func nextSubject(_ form: UInt64) -> Subject? {
        guard let form = Subject.Form(rawValue: UInt8(truncatingIfNeeded: form)) else { return nil }
        switch form {
        case .none: return Subject.none
        case .other: return .other
        case .text: return nextText().map { Subject(text: $0) }
        case .crowd: return numbers.next().map { Subject(clients: $0) }
        case .port: return numbers.next().map { Subject(port: UInt16(truncatingIfNeeded: $0)) }
        case .address, .endpoint, .request:
            guard let address = nextAddress() else { return nil }
            if form == .address { return Subject(address) }
            if form == .endpoint {
                return numbers.next().map { Subject(Endpoint(address, UInt16(truncatingIfNeeded: $0))) }
            }
            guard let domain = nextText(), let path = nextText(), let argument = numbers.next() else { return nil }
            return Subject(address, domain: domain, Subject.Path(template: path, argument: argument))
        }
    }

    /// Whom health checks are of, and by whom, with the numbers that the texts have here.
    private mutating func nextChecks(_ context: inout CheckContext) -> HealthStateTable.Key? {
        guard let target = numbers.next().flatMap({ nextSubject($0) }), let checker = nextAddress(),
            let node = nextText(), let group = nextText()
        else { return nil }
        return HealthStateTable.Key(
            target: named(target, &context) ?? .other, checker: checker, node: number(node, &context),
            targetGroup: number(group, &context))
    }

    private mutating func nextAddress() -> IPAddress? {
        guard let high = numbers.next() else { return nil }
        if high & 1 == 0 { return UInt32(exactly: high >> 1).map { IPAddress(v4: $0) } }
        guard let low = numbers.next(), let first = numbers.next() else { return nil }
        return IPAddress(high: high & ~1 | first & 1, low: low)
    }

    private mutating func nextText() -> UInt32? {
        numbers.next().flatMap { $0 < UInt64(texts.count) ? UInt32(truncatingIfNeeded: $0) : nil }
    }
}

extension NumberWriter {
    /// An IPv4 address times two, or the halves of an IPv6 address and the bit that marks it.
    mutating func add(_ address: IPAddress) {
        if let v4 = address.v4 { return add(UInt64(v4) << 1) }
        add(address.high | 1)
        add(address.low)
        add(address.high & 1)
    }

    mutating func add(_ key: EpisodeTable.Key) {
        add(
            mark: UInt64(key.check.rawValue) << 6 | UInt64(key.blame.rawValue & 7) << 3
                | UInt64(key.subject.form.rawValue))
        add(key.subject)
    }

    /// What names the subject, whose form stands before.
    mutating func add(_ subject: Subject) {
        switch subject.form {
        case .none, .other: break
        case .text, .crowd, .port: add(subject.word)
        case .address, .endpoint, .request:
            add(IPAddress(high: subject.high, low: subject.low))
            if subject.form == .endpoint { add(subject.word) }
            if subject.form == .request {
                add(subject.word >> 32)
                add(subject.word & 0xFFFF_FFFF)
                add(subject.argument)
            }
        }
    }
}
