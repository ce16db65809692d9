import ForensicsDecode
import ForensicsIngest
import ForensicsModel
import Foundation
import Synchronization

/// What one input turned out to be.
struct InspectedInput: Sendable {
    enum Content: Sendable {
        case capture(CaptureSummary)
        case log(EvidenceKind, LogHeader?)
        /// AWS's marker object: one ignored record.
        case testObject
        /// A log whose name says that it holds nothing of the time asked for.
        case leftOut(EvidenceKind, reason: String)

        /// Whether it is read with others, in the order of their packets.
        var isCapture: Bool { if case .capture = self { true } else { false } }
    }

    var path: String
    var origin = InputOrigin.file
    var storedLength: UInt64?
    /// What a store elsewhere calls the content; `nil` for files.
    var tag: String?
    var content: Content
}

/// Looks at the beginning of every input and tells what it is.
struct InputInspection {
    private(set) var inputs: [InspectedInput] = []
    private(set) var problems: [ForensicsError] = []
    /// What folders hold and was not looked at, in words.
    let leftOut: String?

    /// What looking at one input gave.
    private enum Outcome: Sendable {
        case input(InspectedInput)
        case problem(ForensicsError)
        /// It is no input.
        case nothing
    }

    /// Looks at all inputs, several at a time; what is found is in their order.
    init(arguments: [String], _ options: IngestOptions) {
        let walker = InputWalker(arguments)
        problems = walker.errors.map(ForensicsError.init)
        leftOut = Self.leftOut(walker)
        let inputs = walker.inputs
        let found = Mutex([Outcome](repeating: .nothing, count: inputs.count))
        let next = SharedCounter()
        let threads = WorkerThreads()
        for job in 0..<min(options.jobs, inputs.count) {
            threads.start("inspection \(job)") {
                while let index = next.next(below: inputs.count) {
                    let outcome = Self.inspect(inputs[index], options)
                    found.withLock { $0[index] = outcome }
                }
            }
        }
        threads.join()
        for outcome in found.withLock({ $0 }) {
            switch outcome {
            case .input(let input): self.inputs.append(input)
            case .problem(let problem): problems.append(problem)
            case .nothing: break
            }
        }
    }

    private static func leftOut(_ walker: InputWalker) -> String? {
        let parts = [("hidden files and folders", walker.hidden), ("pipes and devices", walker.streams)].filter {
            $0.1 > 0
        }
        if parts.isEmpty { return nil }
        let texts = parts.map { "\($0.0) (\(DecimalText.grouped(Int64($0.1))))" }
        return "\(texts.joined(separator: ", ")) in folders are left out; name them to read them."
    }

    private static func inspect(_ input: Input, _ options: IngestOptions) -> Outcome {
        let isStandardInput = input.path == "-"
        var inspected = InspectedInput(
            path: isStandardInput ? "-" : absolute(input.path), storedLength: input.stamp?.size, content: .testObject)
        if let (kind, reason) = options.pruning?.leavesOut(input.path) {
            inspected.content = .leftOut(kind, reason: reason)
            return .input(inspected)
        }
        if input.isTestObject { return .input(inspected) }
        do {
            // What can be read once is kept in memory, up to so many bytes as stored.
            if isStandardInput || input.stamp?.kind == .stream {
                inspected.origin = .held(try stream(input.path, upTo: Int(clamping: options.maxMemory / 2)))
            }
            let source = try ByteSource(path: input.path, origin: inspected.origin, limits: .streaming)
            inspected.storedLength = source.rawLength
            guard let content = try content(source, name: input.name, kind: options.kind) else { return .nothing }
            inspected.content = content
            if case .capture(var summary) = inspected.content {
                summary.path = inspected.path
                inspected.content = .capture(summary)
            }
            return .input(inspected)
        } catch let error as IngestError {
            return .problem(ForensicsError(error))
        } catch let error as ForensicsError {
            return .problem(error)
        } catch {
            return .problem(ForensicsError(unforeseen: error, at: input.path))
        }
    }

    /// What an opened input is.
    ///
    /// - Parameters:
    ///   - name: the last component of its path.
    ///   - kind: what the user says it is.
    ///   - passesOverDatabases: whether an SQLite database is no input rather than a bad one.
    /// - Returns: `nil` for what is no input.
    /// - Throws: `IngestError` or `ForensicsError` where it cannot be used.
    static func content(
        _ source: consuming ByteSource, name: String, kind: EvidenceKind?, passesOverDatabases: Bool = false
    ) throws -> InspectedInput.Content? {
        let path = source.path
        var found = InputDetector.detect(source.prefix.span)
        // The user knows better what a log is whose beginning is damaged.
        if found == .unknown, let kind, !kind.isCapture { found = .text }
        if passesOverDatabases, found == .sqlite { return nil }
        if let refusal = InputDetector.refusal(of: found, path: path) { throw refusal }
        if case .capture = found {
            if let kind, !kind.isCapture {
                throw ForensicsError(.data, "\(path): is a capture, not \(kind.name); leave out --kind.")
            }
            return .capture(try CaptureProbe.summary(source))
        }
        switch LogFormatRegistry.detect(source.prefix.span, fileName: name) {
        case .kind(let found, let header): return .log(kind.map { $0.isCapture ? found : $0 } ?? found, header)
        case .testObject: return .testObject
        case .none(let reasons):
            if let kind, !kind.isCapture { return .log(kind, nil) }
            throw ForensicsError(
                .data,
                "\(path): is text, but no log that is read (\(reasons.joined(separator: "; "))); "
                    + "name the format with --kind if you know it.")
        }
    }

    private static func absolute(_ path: String) -> String {
        let base = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
        return URL(fileURLWithPath: path, relativeTo: base).standardizedFileURL.path
    }

    /// All of standard input (`-`), or of a pipe.
    private static func stream(_ path: String, upTo memory: Int) throws -> [UInt8] {
        guard let handle = path == "-" ? .standardInput : FileHandle(forReadingAtPath: path) else {
            throw ForensicsError(.permission, "\(path): cannot be opened; check its permissions.")
        }
        var data = Data()
        while let more = try handle.read(upToCount: 1 << 20), !more.isEmpty {
            data.append(more)
            if data.count > memory {
                throw ForensicsError(.usage, "\(path): is larger than \(memory >> 20) MB; save it to a file first.")
            }
        }
        return Array(data)
    }
}

extension ForensicsError {
    /// The error of an input, with the status that the command line documents for it.
    init(_ error: IngestError) {
        self.init(Code(rawValue: error.code.exitStatus) ?? .io, error.description)
    }
}
