import Foundation

/// How Spark is reached, as the user wrote it.
public struct SparkSettings: Sendable {
    /// The program; a name is looked for on the search path.
    public var program = "spark-sql"
    /// `local[*]`, `yarn`, `spark://host:7077`; `nil` for what Spark is configured to.
    public var master: String?
    /// `name=value` each.
    public var configuration: [String] = []
    /// Tables are made in a metastore that is gone afterwards, so that nothing is left behind.
    public var keepsNothing = false

    /// Creates settings with the defaults of the command line.
    public init() {}
}

/// Runs statements through `spark-sql`.
public struct SparkEngine: LakeEngine {
    private let settings: SparkSettings
    private let stop: StopFlag

    /// Spark has to be told the folder of each day.
    public let projectsDays = false

    /// Stands before the rows of the question.
    private static let mark = "lbforensics-rows"

    /// Creates an engine.
    ///
    /// - Parameter stop: ends what runs.
    public init(_ settings: SparkSettings, stop: StopFlag) {
        self.settings = settings
        self.stop = stop
    }

    /// Runs the statements in one session of Spark.
    public func run(_ effects: [String], then query: String?) throws -> LakeAnswer {
        let program = try executable()
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lbforensics-\(UUID().uuidString)")
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: NSNumber(value: 0o700)])
        } catch {
            throw ForensicsError(.io, "\(folder.path): cannot be made; set TMPDIR to a folder with room.")
        }
        defer { try? FileManager.default.removeItem(at: folder) }
        var statements = effects
        if let query { statements += ["SELECT '\(Self.mark)' AS mark", query] }
        let script = folder.appendingPathComponent("statements.sql")
        let output = folder.appendingPathComponent("rows")
        let errors = folder.appendingPathComponent("log")
        for (file, text) in [(script, statements.map { $0 + ";\n" }.joined()), (output, ""), (errors, "")] {
            guard FileManager.default.createFile(atPath: file.path, contents: Data(text.utf8)) else {
                throw ForensicsError(.io, "\(file.path): cannot be written; set TMPDIR to a folder with room.")
            }
        }
        let status = try start(program, arguments(script, folder), output, errors)
        guard status == 0 else {
            let log = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
            throw ForensicsError(
                .data, "\(settings.program): \(Self.reason(log)) (status \(status)); --emit-sql prints what was run.")
        }
        guard query != nil else { return LakeAnswer(rows: LakeRows(columns: [], rows: [])) }
        guard let data = try? Data(contentsOf: output) else {
            throw ForensicsError(.io, "\(output.path): cannot be read again; set TMPDIR to a folder with room.")
        }
        return LakeAnswer(rows: try Self.parse(Array(data)))
    }

    // MARK: - The process

    private func executable() throws(ForensicsError) -> String {
        let name = settings.program
        if name.contains("/") {
            guard FileManager.default.isExecutableFile(atPath: name) else {
                throw ForensicsError(
                    .noInput, "--spark-sql \(name): is no program; name the spark-sql of a Spark install.")
            }
            return name
        }
        for folder in (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":") {
            let path = "\(folder)/\(name)"
            if FileManager.default.isExecutableFile(atPath: path) { return path }
        }
        throw ForensicsError(
            .unavailable,
            "\(name): is not on the search path; `pip install pyspark` brings it, --spark-sql names another.")
    }

    private func arguments(_ script: URL, _ folder: URL) throws(ForensicsError) -> [String] {
        var arguments: [String] = []
        if let master = settings.master { arguments += ["--master", master] }
        var configuration = [
            "spark.ui.enabled=false", "spark.sql.cli.print.header=true", "spark.sql.ansi.enabled=true",
            // Folders of hours below those of days.
            "spark.hadoop.mapreduce.input.fileinputformat.input.dir.recursive=true",
            // The expressions are too many for it: it makes code that does not compile.
            "spark.sql.subexpressionElimination.enabled=false", "spark.sql.maxPlanStringLength=2000",
        ]
        if settings.keepsNothing {
            configuration += [
                "spark.sql.warehouse.dir=\(folder.appendingPathComponent("warehouse").path)",
                "spark.hadoop.javax.jdo.option.ConnectionURL=jdbc:derby:memory:lbforensics;create=true",
                // Derby keeps a log of its own, in the current folder unless it is told another.
                "spark.driver.extraJavaOptions=-Dderby.stream.error.file=\(folder.appendingPathComponent("derby.log").path)",
            ]
        }
        for entry in settings.configuration {
            guard entry.contains("="), !entry.hasPrefix("-") else {
                throw ForensicsError(.usage, "--conf \(entry): is no name=value; use spark.executor.memory=4g, say.")
            }
            configuration.append(entry)
        }
        for entry in configuration { arguments += ["--conf", entry] }
        return arguments + ["-S", "-f", script.path]
    }

    /// Runs the program to its end; a request to stop ends it early.
    private func start(
        _ program: String, _ arguments: [String], _ output: URL, _ errors: URL
    ) throws(ForensicsError) -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        // PySpark's scripts ask the python3 beside them where Spark is.
        var environment = ProcessInfo.processInfo.environment
        let folder = URL(fileURLWithPath: program).deletingLastPathComponent().path
        environment["PATH"] = [folder, environment["PATH"] ?? ""].joined(separator: ":")
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        do {
            process.standardOutput = try FileHandle(forWritingTo: output)
            process.standardError = try FileHandle(forWritingTo: errors)
            try process.run()
        } catch {
            throw ForensicsError(.unavailable, "\(program): cannot be started; check its permissions.")
        }
        while process.isRunning {
            if stop.isRequested {
                process.terminate()
                process.waitUntilExit()
                throw ForensicsError(.interrupted, "Stopped; Spark was told to end.")
            }
            Thread.sleep(forTimeInterval: 0.1)
        }
        return process.terminationStatus
    }

    /// The line of Spark's log that says what is wrong.
    static func reason(_ log: String) -> String {
        let lines = log.split(whereSeparator: \.isNewline).map(String.init)
        let telling = lines.last { line in
            !line.hasPrefix("\t") && (line.contains("Exception: ") || line.contains("Error") || line.hasPrefix("["))
        }
        let text = telling ?? lines.last ?? "ended without a word"
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(400).map { $0.value < 0x20 ? " " : $0 }))
    }

    // MARK: - Rows

    /// Reads what `spark-sql` prints: columns between tabs, `NULL` for none, a head line first.
    ///
    /// A tab inside a text can only stand in the last column of our own statements.
    static func parse(_ bytes: [UInt8]) throws(ForensicsError) -> LakeRows {
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: true)[...]
        guard let start = lines.firstIndex(where: { $0.elementsEqual(mark.utf8) }), lines.count > start + 1 else {
            throw ForensicsError(.data, "spark-sql: printed no rows; see what it says with --emit-sql.")
        }
        lines = lines[(start + 1)...]
        let columns = cells(lines.removeFirst(), limit: .max).map { $0 ?? "" }
        return LakeRows(columns: columns, rows: lines.map { cells($0, limit: columns.count) })
    }

    private static func cells(_ line: ArraySlice<UInt8>, limit: Int) -> [String?] {
        line.split(separator: 0x09, maxSplits: limit == .max ? .max : limit - 1, omittingEmptySubsequences: false).map {
            let text = String(decoding: $0, as: UTF8.self)
            return text == "NULL" ? nil : text
        }
    }
}
