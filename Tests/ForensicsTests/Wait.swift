import Foundation
import Synchronization
import Testing

/// Waits for what other processes and threads bring about: as long as a busy machine takes, and never for ever.
enum Wait {
    /// Seconds after which what was waited for never comes: far more than a machine takes that stands still for a while.
    static let bound: Double = 120

    /// Waits until something holds; where it never does, an issue says what was waited for.
    ///
    /// - Returns: whether it came to hold.
    @discardableResult
    static func until(
        _ what: @autoclosure () -> String, sourceLocation: SourceLocation = #_sourceLocation, _ holds: () throws -> Bool
    ) rethrows -> Bool {
        let end = ContinuousClock.now.advanced(by: .seconds(bound))
        while true {
            // Looked at once more after the end: the machine may have stood still since the last look.
            let isLast = ContinuousClock.now >= end
            if try holds() { return true }
            if isLast { break }
            Thread.sleep(forTimeInterval: 0.05)
        }
        Issue.record("never came: \(what())", sourceLocation: sourceLocation)
        return false
    }
}

extension Process {
    /// Waits for the end of the process. One that does not end is killed, which is an issue.
    ///
    /// - Parameters:
    ///   - signal: what it gets first, if anything.
    ///   - seconds: how long it may take.
    /// - Returns: its exit status, or the number of the signal that ended it as a negative number.
    @discardableResult
    func waitForEnd(
        signal: Int32? = nil, within seconds: Double = Wait.bound, sourceLocation: SourceLocation = #_sourceLocation
    ) -> Int {
        if let signal, isRunning { kill(processIdentifier, signal) }
        let (number, wasKilled) = (processIdentifier, Killed())
        let watchdog = DispatchWorkItem {
            wasKilled.note()
            kill(number, SIGKILL)
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds, execute: watchdog)
        waitUntilExit()
        watchdog.cancel()
        if wasKilled.isSo {
            let words = [executableURL?.lastPathComponent ?? "a process"] + (arguments ?? [])
            Issue.record(
                "never ended in \(Int(seconds)) s: \(words.joined(separator: " ").prefix(400))",
                sourceLocation: sourceLocation)
        }
        return terminationReason == .uncaughtSignal ? -Int(terminationStatus) : Int(terminationStatus)
    }

    /// Whether a process had to be killed.
    private final class Killed: Sendable {
        private let state = Mutex(false)
        var isSo: Bool { state.withLock { $0 } }
        func note() { state.withLock { $0 = true } }
    }
}
