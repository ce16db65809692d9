import ForensicsModel

/// An episode in the bytes of a `NumberWriter`. Most are of one record, or of so few that the first are all.
extension Episode {
    func write(to writer: inout NumberWriter) {
        // Counts come from rows of one log, of which there are less than 2 to the 32nd. Of one record the bit that its tags
        // are stands in the count's place.
        let isOther = writer.isOther(kind)
        let bit = tags.nonzeroBitCount == 1 ? UInt64(tags.trailingZeroBitCount) : 64
        writer.add((count == 1 ? bit + 1 : count) << 2 | (isOther ? 2 : 0) | (count == 1 ? 1 : 0))
        if isOther { writer.add(UInt64(kind.rawValue)) }
        if count > 1 || bit == 64 { writer.add(bits: tags) }
        writer.add(start)
        writer.add(first[0])
        if count == 1 { return }
        writer.add(end)
        writer.add(UInt64(first.count - 1 + (course.isKnown ? Self.firstLimit : 0)))
        if course.isKnown { for count in course.counts { writer.add(count) } }
        for evidence in first.dropFirst() { writer.add(evidence) }
        if count == UInt64(first.count) { return }
        writer.add(signed: largestMeasure)
        writer.add(signed: smallestMeasure)
        writer.add(signed: sum)
        writer.add(last)
        writer.add(UInt64(largest.count))
        for evidence in largest { writer.add(evidence) }
    }

    /// What every episode begins with: all there is of one record.
    struct PackedHead {
        var count: UInt64
        var start: Timestamp
        fileprivate var kind: EvidenceKind
        fileprivate var tags: UInt64
        fileprivate var evidence: Finding.Evidence

        init?(_ reader: inout NumberReader) {
            guard let head = reader.next(), head >> 2 > 0, let kind = reader.nextKind(isOther: head & 2 == 2) else {
                return nil
            }
            let isSingle = head & 1 == 1
            let bit = isSingle ? head >> 2 - 1 : 64
            guard bit <= 64, let tags = bit < 64 ? 1 << bit : reader.nextBits(), let start = reader.nextTime(),
                let evidence = reader.nextEvidence()
            else { return nil }
            count = isSingle ? 1 : head >> 2
            guard count <= UInt64(UInt32.max) else { return nil }
            self.start = start
            self.kind = kind
            self.tags = tags
            self.evidence = evidence
        }
    }

    init?(_ reader: inout NumberReader) {
        guard let head = PackedHead(&reader) else { return nil }
        self.init(head, &reader)
    }

    /// Reads what follows the head.
    init?(_ head: PackedHead, _ reader: inout NumberReader) {
        self.init(head.evidence, kind: head.kind, at: head.start, tags: head.tags)
        let count = head.count
        if count == 1 { return }
        guard let end = reader.nextTime(), end >= start, let number = reader.next(), number < 2 * Self.firstLimit else {
            return nil
        }
        // Cases of version 2 do not tell it.
        course.forget()
        if number >= Self.firstLimit {
            let told = EpisodeCourse(from: start, to: end) { reader.next().flatMap { $0 <= UInt32.max ? $0 : nil } }
            guard let told else { return nil }
            course = told
        }
        for _ in 0..<Int(number) % Self.firstLimit {
            guard let evidence = reader.nextEvidence() else { return nil }
            self.count += 1
            sum = sum.addingSaturated(evidence.measure)
            largestMeasure = max(largestMeasure, evidence.measure)
            smallestMeasure = min(smallestMeasure, evidence.measure)
            keep(evidence)
        }
        self.end = end
        if count == self.count { return }
        guard let largestMeasure = reader.nextSigned(), let smallestMeasure = reader.nextSigned(),
            let sum = reader.nextSigned(), let last = reader.nextEvidence(), count > self.count
        else { return nil }
        self.count = count
        self.largestMeasure = largestMeasure
        self.smallestMeasure = smallestMeasure
        self.sum = sum
        self.last = last
        guard let large = reader.nextCount(), (1...Self.largestLimit).contains(large) else { return nil }
        largest.removeAll()
        for _ in 0..<large {
            guard let evidence = reader.nextEvidence() else { return nil }
            largest.append(evidence)
        }
    }
}
