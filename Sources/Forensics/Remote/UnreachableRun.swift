import ForensicsIngest

/// Counts inputs in a row that a service did not give: after a few of them the others are not even asked for.
struct UnreachableRun: Sendable {
    /// So many in a row without an answer: the service is gone.
    static let silenceLimit = 3
    /// So many in a row that may not be read: all of them are forbidden, most likely.
    static let denialLimit = 16
    private var silences = 0
    private var denials = 0

    /// Whether it is of no use to go on.
    var isOver: Bool { silences >= Self.silenceLimit || denials >= Self.denialLimit }

    mutating func note(_ error: IngestError) {
        switch error.code {
        case .unavailable: silences += 1
        case .permissionDenied: denials += RemotePath.isRemote(error.path) ? 1 : 0
        default: noteSuccess()
        }
    }

    mutating func noteSuccess() { self = UnreachableRun() }
}
