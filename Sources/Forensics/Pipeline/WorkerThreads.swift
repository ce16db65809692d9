import Foundation

/// Threads that run one piece of work each, joined at the end.
///
/// Plain threads with a stack of their own: the work is bound to processors and never waits for anything but batches.
final class WorkerThreads: @unchecked Sendable {
    private let group = DispatchGroup()

    /// Starts a thread.
    func start(_ name: String, _ work: @escaping @Sendable () -> Void) {
        group.enter()
        let thread = Thread { [group] in
            work()
            group.leave()
        }
        thread.name = name
        thread.stackSize = 4 << 20
        thread.start()
    }

    /// Waits for all of them.
    func join() { group.wait() }
}
