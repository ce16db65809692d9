import Foundation

/// The program that shows long output page by page on a terminal: LBFORENSICS_PAGER, PAGER, else `less`.
///
/// It runs through the shell, in the foreground of the terminal, as git's does. `less` leaves again where everything fits
/// on one screen (`-F`), lets colours through (`-R`) and keeps the screen (`-X`), unless LESS says otherwise.
@safe final class Pager {
    private let stream: UnsafeMutablePointer<FILE>

    /// The command to run, or `nil` where none is wanted or there is none.
    static func command(_ environment: [String: String]) -> String? {
        let wish = environment["LBFORENSICS_PAGER"] ?? environment["PAGER"] ?? "less"
        let name = wish.split(separator: " ").first.map(String.init) ?? ""
        guard !name.isEmpty, name != "cat", !Terminal.isDumb else { return nil }
        if name.hasPrefix("/") { return FileManager.default.isExecutableFile(atPath: name) ? wish : nil }
        let folders = (environment["PATH"] ?? "").split(separator: ":")
        return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") } ? wish : nil
    }

    /// Starts the pager of the environment; `nil` where there is none.
    init?() {
        guard let command = Self.command(ProcessInfo.processInfo.environment) else { return nil }
        // Not over what the user has set.
        _ = unsafe setenv("LESS", "FRX", 0)
        // SAFETY: here and below the stream is the one of this object, closed in `deinit` alone; strings are bridged for the calls.
        guard let stream = unsafe popen(command, "w") else { return nil }
        unsafe self.stream = stream
    }

    /// Hands bytes over; `false` once the pager has gone.
    func write(_ data: Data) -> Bool {
        // SAFETY: the bytes are given with their count, for the call.
        let written = unsafe data.withUnsafeBytes { bytes in
            unsafe fwrite(bytes.baseAddress, 1, bytes.count, stream)
        }
        return unsafe written == data.count && fflush(stream) == 0
    }

    /// Waits until the reader has seen enough. Ctrl-C is the pager's meanwhile.
    deinit {
        let previous = signal(SIGINT, SIG_IGN)
        _ = unsafe pclose(stream)
        _ = signal(SIGINT, previous)
    }
}
