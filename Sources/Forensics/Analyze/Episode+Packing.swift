import ForensicsModel

/// An episode in the bytes of a `NumberWriter`. Most are of one record, and short.
extension Episode {
    func write(to writer: inout NumberWriter) {
        writer.add(count)
        writer.add(UInt64(kind.rawValue))
        writer.add(tags)
        writer.add(start)
        writer.add(first[0])
        if count == 1 { return }
        writer.add(end)
        writer.add(signed: largestMeasure)
        writer.add(signed: smallestMeasure)
        writer.add(signed: sum)
        writer.add(last)
        writer.add(UInt64(first.count - 1))
        for evidence in first.dropFirst() { writer.add(evidence) }
        writer.add(UInt64(largest.count))
        for evidence in largest { writer.add(evidence) }
    }

    init?(_ reader: inout NumberReader) {
        guard let count = reader.next(), count > 0,
            let kind = reader.next().flatMap({ EvidenceKind(rawValue: UInt8(truncatingIfNeeded: $0)) }),
            let tags = reader.next(), let start = reader.nextTime(), let evidence = reader.nextEvidence()
        else { return nil }
        self.init(evidence, kind: kind, at: start, tags: tags)
        if count == 1 { return }
        guard let end = reader.nextTime(), let largestMeasure = reader.nextSigned(),
            let smallestMeasure = reader.nextSigned(), let sum = reader.nextSigned(), let last = reader.nextEvidence(),
            let more = reader.nextCount(), more < Self.firstLimit
        else { return nil }
        self.count = count
        self.end = end
        self.largestMeasure = largestMeasure
        self.smallestMeasure = smallestMeasure
        self.sum = sum
        self.last = last
        for _ in 0..<more {
            guard let evidence = reader.nextEvidence() else { return nil }
            first.append(evidence)
        }
        guard let large = reader.nextCount(), (1...Self.largestLimit).contains(large) else { return nil }
        largest.removeAll()
        for _ in 0..<large {
            guard let evidence = reader.nextEvidence() else { return nil }
            largest.append(evidence)
        }
    }
}
