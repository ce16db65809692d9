import ForensicsDecode
import ForensicsIngest
import ForensicsModel
import Foundation

/// What one input turned out to be.
struct InspectedInput: Sendable {
    enum Content: Sendable {
        case capture(CaptureSummary)
        case log(EvidenceKind, LogHeader?)
        /// AWS's marker object: one ignored record.
        case testObject
        /// A log whose name says that it holds nothing of the time asked for.
        case leftOut(EvidenceKind, reason: String)
    }

    var path: String
    /// Set for what cannot be read twice.
    var bytes: [UInt8]?
    var storedLength: UInt64?
    var content: Content
}

/// Looks at the beginning of every input and tells what it is.
struct InputInspection {
    private(set) var inputs: [InspectedInput] = []
    private(set) var problems: [ForensicsError] = []
    private let kind: EvidenceKind?
    /// Standard input is kept in memory up to this many bytes as stored.
    private let memory: Int
    private let pruning: LogPruning?

    /// - Parameter window: logs that their names place outside of it are not opened; `nil` for all time.
    init(arguments: [String], kind: EvidenceKind?, memory: Int, window: TimeWindow?) {
        self.kind = kind
        pruning = window.map { LogPruning(window: $0) }
        self.memory = memory
        let walker = InputWalker(arguments)
        problems = walker.errors.map(ForensicsError.init)
        for input in walker.inputs { inspect(input) }
    }

    private mutating func inspect(_ input: Input) {
        if let (kind, reason) = pruning?.leavesOut(input.path) {
            inputs.append(
                InspectedInput(
                    path: absolute(input.path), bytes: nil, storedLength: input.stamp?.size,
                    content: .leftOut(kind, reason: reason)))
            return
        }
        if input.isTestObject {
            inputs.append(
                InspectedInput(
                    path: absolute(input.path), bytes: nil, storedLength: input.stamp?.size, content: .testObject))
            return
        }
        do {
            var bytes: [UInt8]?
            if input.path == "-" { bytes = try standardInput() }
            let source = try ByteSource(path: input.path, held: bytes, limits: .streaming)
            let length = source.rawLength
            let content = try content(source, input)
            guard let content else { return }
            inputs.append(
                InspectedInput(
                    path: input.path == "-" ? "-" : absolute(input.path), bytes: bytes, storedLength: length,
                    content: content))
        } catch let error as IngestError {
            problems.append(ForensicsError(error))
        } catch {
            problems.append(ForensicsError(.io, "\(input.path): \(error)"))
        }
    }

    /// What the input is, or `nil` after noting why it cannot be used.
    private mutating func content(_ source: consuming ByteSource, _ input: Input) throws -> InspectedInput.Content? {
        let found = InputDetector.detect(source.prefix.span)
        if let refusal = InputDetector.refusal(of: found, path: input.path) {
            problems.append(ForensicsError(refusal))
            return nil
        }
        if case .capture = found {
            if let kind, !kind.isCapture {
                problems.append(
                    ForensicsError(.data, "\(input.path): is a capture, not \(kind.name); leave out --kind."))
                return nil
            }
            var summary = try CaptureProbe.summary(source)
            if input.path != "-" { summary.path = absolute(input.path) }
            return .capture(summary)
        }
        switch LogFormatRegistry.detect(source.prefix.span, fileName: input.name) {
        case .kind(let found, let header): return .log(kind.map { $0.isCapture ? found : $0 } ?? found, header)
        case .testObject: return .testObject
        case .none(let reasons):
            if let kind, !kind.isCapture { return .log(kind, nil) }
            problems.append(
                ForensicsError(
                    .data,
                    "\(input.path): is text, but no log that is read (\(reasons.joined(separator: "; "))); "
                        + "name the format with --kind if you know it."))
            return nil
        }
    }

    private func absolute(_ path: String) -> String {
        let base = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
        return URL(fileURLWithPath: path, relativeTo: base).standardizedFileURL.path
    }

    private func standardInput() throws -> [UInt8] {
        var data = Data()
        while let more = try FileHandle.standardInput.read(upToCount: 1 << 20), !more.isEmpty {
            data.append(more)
            if data.count > memory {
                throw ForensicsError(.usage, "-: is larger than \(memory >> 20) MB; save it to a file first.")
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
