import Synchronization

/// Lines for the user that other threads leave for the one that tells them; past `limit` further ones are dropped.
final class NoteQueue: Sendable {
    static let limit = 100
    private let lines = Mutex<[String]>([])

    func put(_ line: String) { lines.withLock { if $0.count < Self.limit { $0.append(line) } } }

    func take() -> [String] {
        lines.withLock { lines in
            defer { lines = [] }
            return lines
        }
    }
}
