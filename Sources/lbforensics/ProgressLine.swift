import ArgumentParser
import Foundation
import Forensics

enum ProgressChoice: String, ExpressibleByArgument, CaseIterable {
    case auto, json, none
}

/// Progress on standard error: a line that overwrites itself on a terminal, or JSON lines.
final class ProgressLine {
    private let choice: ProgressChoice
    private let start = ContinuousClock.now
    private var last: ContinuousClock.Instant?
    private var isShown = false

    init(choice: ProgressChoice) {
        self.choice = choice == .auto && (!Terminal.isErrorTerminal || Terminal.isDumb) ? .none : choice
    }

    /// Shows how far the work is, at most five times a second.
    func show(_ progress: IngestProgress) {
        guard choice != .none else { return }
        let now = ContinuousClock.now
        if let last, now - last < .milliseconds(200), !progress.isFinal { return }
        last = now
        let elapsed = (now - start) / .seconds(1)
        let rate = elapsed > 0 ? Double(progress.bytes) / elapsed : 0
        let left = rate > 0 ? Double(max(0, progress.totalBytes - progress.bytes)) / rate : 0
        if choice == .json {
            Diagnostics.write(
                "{\"bytes\":\(progress.bytes),\"total_bytes\":\(progress.totalBytes),\"records\":\(progress.records),"
                    + "\"inputs\":\(progress.inputs),\"total_inputs\":\(progress.totalInputs),"
                    + "\"bytes_per_second\":\(Int(rate)),\"seconds_left\":\(Int(left.rounded()))}\n")
            return
        }
        let megabyte = 1_048_576.0
        let text = String(
            format: "%.0f of %.0f MB, %.0f MB/s, %d s left, %lld records, input %d of %d",
            Double(progress.bytes) / megabyte, Double(progress.totalBytes) / megabyte, rate / megabyte,
            Int(left.rounded()), progress.records, progress.inputs, progress.totalInputs)
        Diagnostics.write("\r\u{1B}[K" + text)
        isShown = true
    }

    /// Clears the line, so that something else can be printed.
    func interrupt() {
        if isShown { Diagnostics.write("\r\u{1B}[K") }
        isShown = false
    }
}
