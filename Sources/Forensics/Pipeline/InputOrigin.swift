import ForensicsIngest

/// Where the bytes of an input come from.
enum InputOrigin: Sendable {
    /// The file of its path.
    case file
    /// Read already, as from standard input.
    case held([UInt8])
    /// An object elsewhere, fetched while it is read.
    case stream(ObjectStream)

    /// Why bytes that were promised did not come; known once the input was read.
    var failure: IngestError? {
        if case .stream(let stream) = self { stream.failure } else { nil }
    }
}

extension ByteSource {
    /// Opens an input where its bytes are.
    ///
    /// - Parameter checkpoints: lengths at which the content key is kept as well.
    init(
        path: String, origin: InputOrigin, limits: Limits = Limits(), checkpoints: [UInt64] = []
    ) throws(IngestError) {
        switch origin {
        case .file: try self.init(path: path, limits: limits, checkpoints: checkpoints)
        case .held(let bytes): self.init(bytes: bytes, path: path, limits: limits, checkpoints: checkpoints)
        case .stream(let stream):
            self.init(stream: stream, path: path, limits: limits, checkpoints: checkpoints)
        }
    }
}
