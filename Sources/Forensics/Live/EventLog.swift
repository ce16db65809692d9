import ForensicsAnalyze
package import ForensicsModel
import ForensicsStore
import Foundation

/// The error log: one file a day (UTC), seven days kept, at most so many lines of a cause in a second.
///
/// `errors_YYYY-MM-DD.log`, lines `[YYYY-MM-DD HH:MM:SS] KIND: text`, the time of the packet that shows it. A line past
/// the limit is counted, and the count is written when its second is over. What cannot be written, or was removed with its
/// file, is counted and told: a full disk never stops the capture. A file that is no longer where it was is begun anew.
package final class EventLog {
    /// Lines of a cause in one second of packet time.
    package static let linesPerSecond = 20
    /// Days that are kept, the current one included.
    package static let daysKept: Int64 = 7

    private let folder: URL
    private var handle: FileHandle?
    private var path = ""
    /// Lines that this capture has written to the file at hand.
    private var linesInFile: UInt64 = 0
    /// Whether the file at hand ends in a part of a line that could not be made a line.
    private var endsInside = false
    private var day: Int64 = .min
    private var pending: [UInt8] = []
    private var second: Int64 = .min
    private var written = [Int](repeating: 0, count: EventCause.allCases.count)
    private var suppressed = [UInt64](repeating: 0, count: EventCause.allCases.count)
    /// Lines that were lost because the file could not be written, or was removed.
    package private(set) var lost: UInt64 = 0
    private var hasToldLoss = false
    /// Whether it was told that the day's file cannot be opened.
    private var isUnwritable = false
    /// The day for which old files were last removed.
    private var tidiedDay: Int64 = .min
    private let note: (String) -> Void
    /// Takes every line as well.
    package var copy: ((EventKind, Timestamp, String) -> Void)?

    /// Makes the folder where it is missing.
    package init(folder: String, note: @escaping (String) -> Void) throws(ForensicsError) {
        self.folder = URL(fileURLWithPath: folder)
        self.note = note
        do {
            try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        } catch {
            throw ForensicsError(.io, "\(folder): the folder for log files cannot be made; name another with -l.")
        }
        guard FileManager.default.isWritableFile(atPath: folder) else {
            throw ForensicsError(
                .permission, "\(folder): no permission to write log files there; name another with -l.")
        }
    }

    /// Writes a line that its second has room for, and counts it otherwise: a flood makes no texts.
    package func tell(_ cause: EventCause, at time: Timestamp, _ text: @autoclosure () -> String) {
        if admits(cause, at: time) { write(cause, at: time, text()) }
    }

    /// Whether a line may be written; one that may not is counted.
    package func admits(_ cause: EventCause, at time: Timestamp) -> Bool {
        let now = time.bucket(width: Timestamp.nanosecondsPerSecond) / Timestamp.nanosecondsPerSecond
        // Facts of several seconds come mixed: a second is over when a later one begins.
        if now > second { closeSecond(now) }
        if written[cause.rawValue] < Self.linesPerSecond { return true }
        suppressed[cause.rawValue] += 1
        return false
    }

    /// Counts lines that are not even made.
    package func suppress(_ cause: EventCause, _ number: UInt64, at time: Timestamp) {
        let now = time.bucket(width: Timestamp.nanosecondsPerSecond) / Timestamp.nanosecondsPerSecond
        if now > second { closeSecond(now) }
        suppressed[cause.rawValue] += number
    }

    /// Writes a line.
    package func write(_ cause: EventCause, at time: Timestamp, _ text: String) {
        written[cause.rawValue] += 1
        append(time, cause.kind, text)
    }

    private func closeSecond(_ now: Int64) {
        for cause in EventCause.allCases where suppressed[cause.rawValue] > 0 {
            let time = Timestamp(nanoseconds: second * Timestamp.nanosecondsPerSecond)
            let phrase = cause.phrase.map { " (\($0))" } ?? ""
            append(
                time, cause.kind,
                "\(suppressed[cause.rawValue]) more\(phrase) in this second are not written one by one")
            suppressed[cause.rawValue] = 0
        }
        for index in written.indices { written[index] = 0 }
        second = now
    }

    private func append(_ time: Timestamp, _ kind: EventKind, _ text: String) {
        let today = Self.day(of: time)
        if today > day { begin(today) }
        let text = Self.escaped(text)
        pending.append(contentsOf: "[\(LogTime.second(of: time))] \(kind.rawValue): \(text)\n".utf8)
        copy?(kind, time, text)
        if pending.count > 1 << 16 { flush() }
    }

    /// Text from the wire must not forge lines or reach a terminal as control codes.
    private static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) }) else {
            return text
        }
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) {
                let digits = String(scalar.value, radix: 16)
                result += "\\x" + (digits.count < 2 ? "0" : "") + digits
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private func begin(_ day: Int64) {
        flush()
        self.day = day
        reopen()
        removeOld(on: day)
    }

    private static func day(of time: Timestamp) -> Int64 {
        let length = 86_400 * Timestamp.nanosecondsPerSecond
        return time.bucket(width: length) / length
    }

    /// Opens the day's file anew: somebody has moved it away, and says so.
    package func reopen() {
        flush(isExpected: true)
        leave()
        open()
    }

    private func leave() {
        try? handle?.close()
        handle = nil
        linesInFile = 0
        endsInside = false
    }

    private func open() {
        guard day > .min else { return }
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.appendingPathComponent(Self.name(of: day)).path
        // Captures of several interfaces may share the folder: nobody writes over the lines of another.
        handle = SharedFile.open(path, permissions: 0o640, isAppending: true)
        if handle == nil, !isUnwritable { note("\(path): cannot be written; its lines are lost until it can.") }
        isUnwritable = handle == nil
    }

    /// Leaves a file that is no longer where it was: what is written to it would be where nobody looks, or nowhere.
    ///
    /// - Parameter isExpected: whether who moved it is about to say so.
    private func leaveGoneFile(isExpected: Bool) {
        guard let handle else { return }
        switch SharedFile.place(of: handle, at: path) {
        case .here: return
        case .moved:
            if !isExpected { note("\(path): was moved; the next line begins a new one.") }
        case .removed:
            let lines = Wording.count(linesInFile, "line")
            note("\(path): was removed, and \(lines) of this capture with it; the next one begins a new file.")
            lost += linesInFile
        }
        leave()
    }

    /// The file of a day, counted in days since 1970-01-01 (UTC).
    package static func name(of day: Int64) -> String {
        let date = CivilDate(daysSinceEpoch: day)
        let parts = [DecimalText.padded(date.year, 4), DecimalText.padded(date.month), DecimalText.padded(date.day)]
        return "errors_\(parts.joined(separator: "-")).log"
    }

    /// Removes the files of days that are no longer kept; everything else in the folder stays.
    private func removeOld(on day: Int64) {
        tidiedDay = day
        let oldest = Self.name(of: day - Self.daysKept + 1)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        for name in names
        where name.hasPrefix("errors_") && name.hasSuffix(".log") && name.utf8.count == oldest.utf8.count
            && name < oldest
        {
            try? FileManager.default.removeItem(at: folder.appendingPathComponent(name))
        }
    }

    /// Hands over what waits, and removes the files of days that are no longer kept, also where nothing is written.
    package func flush(at now: Timestamp) {
        let today = Self.day(of: now)
        if today != tidiedDay, today >= day { removeOld(on: today) }
        flush()
    }

    /// Hands over what waits.
    package func flush() { flush(isExpected: false) }

    private func flush(isExpected: Bool) {
        leaveGoneFile(isExpected: isExpected)
        guard !pending.isEmpty else { return }
        // Somebody may have given the right, or made room, since.
        if handle == nil { open() }
        if endsInside, let handle { endsInside = SharedFile.append([Self.lineFeed], to: handle) == 0 }
        let written = handle.map { SharedFile.append(pending, to: $0) } ?? 0
        let whole = written == pending.count ? written : (pending[..<written].lastIndex(of: Self.lineFeed) ?? -1) + 1
        if let handle, whole < written {
            // Half a line would hide the next, which may be another capture's and there already: nothing is cut off.
            let blanks = [UInt8](repeating: 0x20, count: written - whole - 1) + [Self.lineFeed]
            endsInside = !SharedFile.overwriteLast(blanks, of: handle)
        }
        linesInFile += UInt64(pending[..<whole].count { $0 == Self.lineFeed })
        lose(UInt64(pending[whole...].count { $0 == Self.lineFeed }))
        pending.removeAll(keepingCapacity: true)
    }

    private static let lineFeed: UInt8 = 0x0A

    private func lose(_ lines: UInt64) {
        guard lines > 0 else { return }
        if !hasToldLoss { note("\(folder.path): log lines cannot be written; they are lost, the capture goes on.") }
        hasToldLoss = true
        lost += lines
    }

    /// Goes on from a time that may lie before what was written so far.
    package func restart() {
        finish()
        second = .min
        day = .min
    }

    /// Writes the counts that wait, and everything else.
    package func finish() {
        closeSecond(second)
        flush()
    }
}
