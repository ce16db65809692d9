import Dispatch
import Forensics
import Foundation
import Synchronization

/// What the process does with signals: a closed pipe or a file that may not grow becomes an error of `write`, Ctrl-C a clean stop.
enum Signals {
    private static let interrupts = Atomic<Int>(0)
    // SAFETY: the one list that keeps the sources alive is filled before any other thread starts, and read by none.
    private nonisolated(unsafe) static var sources: [any DispatchSourceSignal] = []

    /// Ignores SIGPIPE and SIGXFSZ.
    static func prepare() {
        for number in [SIGPIPE, SIGXFSZ] { _ = signal(number, SIG_IGN) }
    }

    /// Lets each SIGHUP ask for files to be opened anew.
    static func reloadOnHangup(_ reload: ReloadFlag) {
        _ = signal(SIGHUP, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: .global())
        source.setEventHandler { reload.request() }
        source.resume()
        unsafe sources.append(source)
    }

    /// Lets the first SIGINT or SIGTERM ask for a stop; a second one ends the process at once.
    static func stopOnInterrupt(_ stop: StopFlag) {
        for number in [SIGINT, SIGTERM] {
            _ = signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                stop.request()
                if interrupts.add(1, ordering: .relaxed).newValue > 1 { exit(130) }
            }
            source.resume()
            unsafe sources.append(source)
        }
    }
}
