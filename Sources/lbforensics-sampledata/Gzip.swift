internal import CZlib

/// One gzip member: no name, no time, so that the same bytes give the same file.
///
/// The decoded bytes are the same everywhere; the compressed ones may differ between versions of zlib.
enum Gzip {
    /// Returns `bytes` as a gzip member; nil when zlib refuses, which it does only for want of memory.
    static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count < Int(UInt32.max) else { return nil }
        var input = bytes
        // SAFETY: each array is given with its count, for the call. z_stream is a C struct whose pointers zlib moves; every use of it is unsafe, and all of them are here.
        var stream = unsafe z_stream()
        let version = unsafe zlibVersion()
        let opened = unsafe deflateInit2_(
            &stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY, version,
            Int32(MemoryLayout<z_stream>.size))
        guard opened == Z_OK else { return nil }
        defer { unsafe deflateEnd(&stream) }
        var output = [UInt8](repeating: 0, count: Int(unsafe deflateBound(&stream, UInt(bytes.count))) + 64)
        let result = unsafe input.withUnsafeMutableBufferPointer { source in
            unsafe output.withUnsafeMutableBufferPointer { destination in
                unsafe stream.next_in = source.baseAddress
                unsafe stream.avail_in = UInt32(source.count)
                unsafe stream.next_out = destination.baseAddress
                unsafe stream.avail_out = UInt32(destination.count)
                return unsafe deflate(&stream, Z_FINISH)
            }
        }
        guard result == Z_STREAM_END else { return nil }
        return Array(output.prefix(Int(unsafe stream.total_out)))
    }
}
