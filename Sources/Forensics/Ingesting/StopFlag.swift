import Synchronization

/// A request to stop that any thread may make and every worker looks at between batches.
public final class StopFlag: Sendable {
    private let requested = Atomic<Bool>(false)

    /// Creates a flag that nobody has raised.
    public init() {}

    /// Asks for a stop.
    public func request() { requested.store(true, ordering: .relaxed) }

    /// Whether somebody asked for a stop.
    public var isRequested: Bool { requested.load(ordering: .relaxed) }
}
