/// The decoded beginning of a gzip file, for telling what it holds.
enum GzipPrefix {
    /// Returns at most `limit` bytes of what the stored bytes decode to, through a decompressor of its own.
    static func decode(_ stored: [UInt8], limit: Int) -> [UInt8] {
        var raw = RawInput(bytes: stored)
        var inflater = Inflater()
        var decoded = [UInt8](repeating: 0, count: limit)
        var count = 0
        while count < limit, case .complete = GzipHeader.read(&raw) {
            inflater.reset()
            var outcome = Inflater.Outcome.more
            while outcome == .more {
                let step = inflater.step(raw.window, raw.start..<raw.end, into: &decoded, count..<limit)
                raw.advance(step.consumed)
                count += step.produced
                outcome = step.outcome
                if step.consumed == 0, step.produced == 0 { break }
            }
            guard outcome == .finished, raw.ensure(8) else { break }
            raw.advance(8)
        }
        decoded.removeLast(decoded.count - count)
        return decoded
    }
}
