/// The bytes of an input that come from elsewhere than a file, such as an object of a store.
///
/// Read by one thread at a time, from the first byte to the last.
package protocol ByteStream: AnyObject, Sendable {
    /// How many bytes there are.
    var length: UInt64 { get }

    /// Reads up to `count` bytes to `buffer[position...]`, which must reach so far; waits for them.
    ///
    /// - Returns: how many; 0 at the end; an error number of the system below 0.
    func read(into buffer: inout [UInt8], at position: Int, upTo count: Int) -> Int
}
