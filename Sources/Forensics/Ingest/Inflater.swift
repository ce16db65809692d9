import CZlib

/// A raw deflate stream being decompressed by zlib in steps of any size. RFC 1951.
///
/// Framing (gzip header and trailer) is the caller's. Memory: about 40 KB, whatever the stream says.
@safe struct Inflater: ~Copyable, @unchecked Sendable {
    /// What a step ended with.
    enum Outcome: Sendable {
        /// More input or more room is needed.
        case more
        /// The end of the stream was read.
        case finished
        /// The input is no deflate stream.
        case corrupt
    }

    /// What a step used and made.
    struct Step: Sendable {
        var consumed: Int
        var produced: Int
        var outcome: Outcome
    }

    /// zlib keeps the address of its stream, so it lies on the heap; this value is its only owner, which is why
    /// sending it to another thread is sound.
    private let stream: UnsafeMutablePointer<z_stream>
    private let isReady: Bool

    init() {
        // SAFETY: one z_stream is allocated and initialized here and freed in `deinit`.
        unsafe stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        unsafe stream.initialize(to: unsafe z_stream())
        let size = unsafe Int32(MemoryLayout<z_stream>.size)
        isReady = unsafe inflateInit2_(stream, -MAX_WBITS, ZLIB_VERSION, size) == Z_OK
    }

    deinit {
        // SAFETY: the stream was initialized in `init`; nobody else holds its address.
        if isReady { unsafe inflateEnd(stream) }
        unsafe stream.deinitialize(count: 1)
        unsafe stream.deallocate()
    }

    /// Begins a new stream.
    mutating func reset() {
        // SAFETY: the stream is the one of `init`.
        if isReady { unsafe inflateReset(stream) }
    }

    /// Decompresses from `input[source]` to `output[target]` until one of both is used up or the stream ends.
    mutating func step(
        _ input: [UInt8], _ source: Range<Int>, into output: inout [UInt8], _ target: Range<Int>
    ) -> Step {
        let source = source.clamped(to: 0..<input.count)
        let target = target.clamped(to: 0..<output.count)
        guard isReady else { return Step(consumed: 0, produced: 0, outcome: .corrupt) }
        guard !target.isEmpty else { return Step(consumed: 0, produced: 0, outcome: .more) }
        let available = min(source.count, Int(Int32.max))
        let room = min(target.count, Int(Int32.max))
        // SAFETY: both ranges were clamped to their arrays and zlib stays inside avail_in and avail_out; it does not
        // write to its input although its declaration allows that; the pointers are cleared before the closures end.
        let status = unsafe input.withUnsafeBufferPointer { inputBytes in
            unsafe output.withUnsafeMutableBufferPointer { outputBytes in
                // zlib may have output left when there is no input: an absent input is allowed, an absent room is not.
                let from = unsafe inputBytes.baseAddress.map { unsafe $0 + source.lowerBound }
                unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: from)
                unsafe stream.pointee.avail_in = UInt32(available)
                unsafe stream.pointee.next_out = unsafe outputBytes.baseAddress.map { unsafe $0 + target.lowerBound }
                unsafe stream.pointee.avail_out = UInt32(room)
                let status = unsafe inflate(stream, Z_NO_FLUSH)
                unsafe stream.pointee.next_in = nil
                unsafe stream.pointee.next_out = nil
                return status
            }
        }
        let consumed = unsafe available - Int(stream.pointee.avail_in)
        let produced = unsafe room - Int(stream.pointee.avail_out)
        switch status {
        case Z_STREAM_END: return Step(consumed: consumed, produced: produced, outcome: .finished)
        case Z_OK, Z_BUF_ERROR: return Step(consumed: consumed, produced: produced, outcome: .more)
        default: return Step(consumed: consumed, produced: produced, outcome: .corrupt)
        }
    }
}
