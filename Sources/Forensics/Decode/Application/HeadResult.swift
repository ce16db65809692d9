/// What became of an attempt to read an application head: a request, a hello, a PROXY header.
///
/// Fields that were found before the end of the bytes, or before what is wrong with them, are filled in all cases.
package enum HeadResult: Equatable, Sendable {
    /// The head is whole; `length` counts its bytes from the start of the given range.
    case complete(length: Int)
    /// The range ends inside the head.
    case incomplete
    /// The bytes cannot be this kind of head.
    case malformed
}

/// Whether the first bytes of a stream look like a protocol.
package enum Likelihood: Equatable, Sendable {
    case yes
    case no
    /// The bytes fit so far, but there are too few of them.
    case unsure
}

/// Which side of a connection sends what begins so.
package enum MessageSender: Sendable {
    case client, server, unknown
}
