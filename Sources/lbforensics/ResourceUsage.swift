import Foundation
import Synchronization

/// What the process took, told at its end with `--verbose`.
enum ResourceUsage {
    private static let wanted = Atomic<Bool>(false)
    private static let start = ContinuousClock.now

    /// Asks for the line at the end. Time counts from here.
    static func ask() {
        _ = start
        wanted.store(true, ordering: .relaxed)
    }

    /// Says on standard error how long the command ran, and what it used, if that was asked for.
    static func report() {
        guard wanted.load(ordering: .relaxed) else { return }
        var usage = rusage()
        // SAFETY: the call fills the value and keeps no address.
        #if canImport(Darwin)
            let answered = unsafe getrusage(RUSAGE_SELF, &usage)
        #else
            let answered = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        #endif
        guard answered == 0 else { return }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let busy =
            Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
        #if canImport(Darwin)
            let megabytes = Double(usage.ru_maxrss) / 1_048_576
        #else
            let megabytes = Double(usage.ru_maxrss) / 1024
        #endif
        Diagnostics.report(
            String(format: "took %.2f s, %.2f s of processor time, %.0f MB of memory at most", seconds, busy, megabytes)
        )
    }
}
