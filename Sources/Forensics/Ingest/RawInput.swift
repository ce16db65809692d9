/// The bytes of a file as stored, through a small window that is refilled from the file or stream, or lies in memory as a
/// whole.
struct RawInput: ~Copyable, Sendable {
    /// `window[start..<end]` are the bytes read from the file and not yet used.
    private(set) var window: [UInt8]
    private(set) var start = 0
    private(set) var end: Int
    /// The place in the file of `window[start]`.
    private(set) var offset: UInt64 = 0
    /// Whether the file has no more bytes than those of the window.
    private(set) var isExhausted = false
    /// The error number that ended the reading, 0 if none did.
    private(set) var errorNumber: Int32 = 0
    /// The file's length when it was opened: what is written to it later is left alone. `nil` for streams.
    let knownLength: UInt64?
    private let file: InputFile?
    private let stream: (any ByteStream)?
    /// The bytes that were taken from the file so far.
    private var fetched: UInt64

    static let windowLength = 1 << 18

    /// Begins to read a file at `offset`.
    init(file: consuming InputFile, at offset: UInt64) {
        let stamp = file.stamp
        knownLength = stamp.kind == .regular && stamp.size > 0 ? stamp.size : nil
        window = [UInt8](repeating: 0, count: Self.windowLength)
        end = 0
        self.offset = offset
        fetched = offset
        if offset > 0, !file.seek(to: offset) { isExhausted = true }
        self.file = consume file
        stream = nil
    }

    /// Begins to read a stream.
    init(stream: any ByteStream) {
        knownLength = stream.length
        window = [UInt8](repeating: 0, count: Self.windowLength)
        end = 0
        fetched = 0
        file = nil
        self.stream = stream
    }

    /// Takes bytes that are in memory already.
    init(bytes: [UInt8]) {
        window = bytes
        end = bytes.count
        knownLength = UInt64(bytes.count)
        fetched = UInt64(bytes.count)
        isExhausted = true
        file = nil
        stream = nil
    }

    var available: Int { end - start }
    /// Whether the window holds all there is.
    private var isHeld: Bool { file == nil && stream == nil }

    /// Sees to it that the window holds at least `count` bytes, if the file has them; returns whether it does.
    ///
    /// `count` is at most the length of the window.
    mutating func ensure(_ count: Int) -> Bool {
        if available >= count { return true }
        if isExhausted { return false }
        if start > 0 {
            for index in 0..<available { window[index] = window[start + index] }
            end -= start
            start = 0
        }
        // The window is taken out for the while, because reading changes the input's other state as well.
        var taken: [UInt8] = []
        swap(&taken, &window)
        while end < count, !isExhausted { end += fetch(into: &taken, at: end, upTo: taken.count - end) }
        swap(&taken, &window)
        return available >= count
    }

    /// Marks bytes of the window as used.
    mutating func advance(_ count: Int) {
        start += count
        offset += UInt64(count)
        if start == end {
            start = 0
            end = 0
            if isHeld { window = [] }
        }
    }

    /// Reads bytes past the window, straight to their destination; the window must be empty.
    mutating func readDirectly(into buffer: inout [UInt8], at position: Int, upTo count: Int) -> Int {
        if isExhausted { return 0 }
        let read = fetch(into: &buffer, at: position, upTo: count)
        offset += UInt64(read)
        return read
    }

    /// Reads the whole rest of the file to the window; false if it is longer than `limit` or of unknown length.
    mutating func loadAll(limit: Int) -> Bool {
        guard let knownLength, knownLength >= offset, knownLength - offset <= UInt64(max(0, limit)) else {
            return false
        }
        let length = Int(knownLength - offset)
        if length <= window.count || isHeld { return ensure(length) }
        var whole = [UInt8](repeating: 0, count: length)
        for index in 0..<available { whole[index] = window[start + index] }
        end = available
        start = 0
        while end < length, !isExhausted { end += fetch(into: &whole, at: end, upTo: length - end) }
        window = whole
        return end == length
    }

    /// How the file looks now, or `nil` for bytes in memory.
    func currentStamp() -> FileStamp? { file?.currentStamp() }

    private mutating func fetch(into buffer: inout [UInt8], at position: Int, upTo count: Int) -> Int {
        var room = count
        if let knownLength { room = Int(min(UInt64(room), knownLength - min(knownLength, fetched))) }
        let result =
            file?.read(into: &buffer, at: position, upTo: room)
            ?? stream?.read(into: &buffer, at: position, upTo: room) ?? 0
        if result <= 0 {
            isExhausted = true
            errorNumber = Int32(truncatingIfNeeded: -result)
            return 0
        }
        fetched += UInt64(result)
        return result
    }
}
