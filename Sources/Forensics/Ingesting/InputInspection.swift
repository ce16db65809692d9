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
    private let kind: EvidenceKind?
    /// Standard input is kept in memory up to this many bytes as stored.
    private let memory: Int
    private let pruning: LogPruning?

    /// - Parameter pruning: tells which logs are not opened; `nil` to open all.
    init(arguments: [String], kind: EvidenceKind?, memory: Int, pruning: LogPruning?) {
        self.kind = kind
        self.pruning = pruning
        self.memory = memory
        let walker = InputWalker(arguments)
        problems = walker.errors.map(ForensicsError.init)
        for input in walker.inputs { inspect(input) }
    }

    private mutating func inspect(_ input: Input) {
        let isStandardInput = input.path == "-"
        var inspected = InspectedInput(
            path: isStandardInput ? "-" : absolute(input.path), storedLength: input.stamp?.size, content: .testObject)
        if let (kind, reason) = pruning?.leavesOut(input.path) {
            inspected.content = .leftOut(kind, reason: reason)
            inputs.append(inspected)
            return
        }
        if input.isTestObject {
            inputs.append(inspected)
            return
        }
        do {
            if isStandardInput { inspected.origin = .held(try standardInput()) }
            let source = try ByteSource(path: input.path, origin: inspected.origin, limits: .streaming)
            inspected.storedLength = source.rawLength
            guard let content = try Self.content(source, name: input.name, kind: kind) else { return }
            inspected.content = content
            if case .capture(var summary) = inspected.content {
                summary.path = inspected.path
                inspected.content = .capture(summary)
            }
            inputs.append(inspected)
        } catch let error as IngestError {
            problems.append(ForensicsError(error))
        } catch let error as ForensicsError {
            problems.append(error)
        } catch {
            problems.append(ForensicsError(.io, "\(input.path): \(error)"))
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
        let found = InputDetector.detect(source.prefix.span)
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
