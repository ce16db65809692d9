import Synchronization

/// Memory that goes round between threads instead of being made anew: buffers of bytes, batches of packets and of facts.
///
/// What is given must be empty and nobody else's: memory with a second owner is copied, not used again.
final class SparePool<Element: Sendable>: Sendable {
    private struct State: Sendable {
        var spares: [Element] = []
        /// More than this many are let go.
        var limit: Int
    }

    private let state: Mutex<State>
    private let make: @Sendable () -> Element

    /// - Parameters:
    ///   - limit: spares that are kept at most.
    ///   - make: makes one where none is left.
    init(limit: Int, make: @escaping @Sendable () -> Element) {
        state = Mutex(State(limit: limit))
        self.make = make
    }

    /// What somebody gave back, or something new.
    func take() -> Element { state.withLock { $0.spares.popLast() } ?? make() }

    /// Takes what nobody else refers to any more.
    func give(_ element: consuming Element) {
        let element = element
        state.withLock { if $0.spares.count < $0.limit { $0.spares.append(element) } }
    }

    /// Lets go of all spares, and of what is given from now on.
    func close() {
        state.withLock {
            $0.limit = 0
            $0.spares = []
        }
    }
}
