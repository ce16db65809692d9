import Foundation

/// What is known of the terminal.
enum Terminal {
    static var isOutputTerminal: Bool { isatty(1) == 1 }
    static var isErrorTerminal: Bool { isatty(2) == 1 }
    /// Whether the terminal prints control sequences rather than follow them, by terminfo's name for such: that of editors and
    /// of logs of builds.
    static var isDumb: Bool { ProcessInfo.processInfo.environment["TERM"] == "dumb" }

    /// Whether a stream takes some lines now: a pipe that nobody empties, or a terminal that is held, would make us wait.
    static func hasRoom(_ descriptor: Int32) -> Bool {
        var stream = pollfd(fd: descriptor, events: Int16(truncatingIfNeeded: POLLOUT), revents: 0)
        // SAFETY: one local record is given, with its count.
        return unsafe poll(&stream, 1, 0) > 0
    }

    /// Columns of the terminal that standard output is; else those of COLUMNS, or 0 for as many as it takes.
    ///
    /// - Parameter isFile: whether the answer goes elsewhere, whatever standard output is.
    static func width(isFile: Bool) -> Int {
        var size = winsize()
        // SAFETY: the request fills a record of this type.
        if !isFile, unsafe ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 { return Int(size.ws_col) }
        return ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? 0
    }
}
