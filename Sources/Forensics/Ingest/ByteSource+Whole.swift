#if Libdeflate
    /// Small gzip files, decompressed member by member in memory with libdeflate.
    extension ByteSource {
        mutating func decodePendingWhole() {
            var decoded: [UInt8] = []
            let count = decodeWhole(into: &decoded)
            keepPending(&decoded, count)
        }

        /// Decompresses members one after the other while they are sound and fit; ends in phase `end` if all were.
        ///
        /// - Returns: the bytes decoded. Where it stops, the input stands at a member's start, and zlib goes on from
        ///   there: it salvages what is damaged and needs no memory for what is large.
        mutating func decodeWhole(into buffer: inout [UInt8]) -> Int {
            guard limits.decodedWhole > 0, raw.loadAll(limit: limits.storedWhole), raw.available >= 18 else { return 0 }
            let inflater = WholeInflater()
            // What the trailer states is only a guess at the room needed: of a cut file it is any number at all.
            let stated = Int(Self.trailer(raw.window, raw.end - 8).length)
            let isLikely = stated >= raw.available && stated <= 40 * raw.available
            reserve(&buffer, min(isLikely ? stated : 4 * raw.available, limits.decodedWhole))
            var decoded = 0
            while phase == .memberStart {
                guard let header = GzipHeader.length(raw.window, raw.start..<raw.end) else {
                    beginMember()
                    break
                }
                let body = raw.start + header..<raw.end
                switch inflater.inflate(raw.window, body, into: &buffer, decoded..<buffer.count) {
                case .done(let consumed, let produced):
                    guard raw.available >= header + consumed + 8 else { return decoded }
                    seekTable.add(SeekPoint(rawOffset: raw.offset, decodedOffset: decodedOffset))
                    digest.beginMember()
                    digest.append(buffer, decoded..<decoded + produced)
                    decoded += produced
                    raw.advance(header + consumed)
                    endMember()
                case .noRoom:
                    guard buffer.count < limits.decodedWhole else { return decoded }
                    reserve(&buffer, min(buffer.count * 2, limits.decodedWhole))
                case .corrupt: return decoded
                }
            }
            return decoded
        }

        private func reserve(_ buffer: inout [UInt8], _ count: Int) {
            if buffer.count < count { buffer.append(contentsOf: repeatElement(0, count: count - buffer.count)) }
        }
    }
#endif
