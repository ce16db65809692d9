import Foundation

/// Asks an independent implementation, where it is installed: in the Python of LBFORENSICS_PYTHON, or `python3`.
enum SciPy {
    static let isAvailable: Bool = run("import scipy.stats\nassert scipy.__version__ >= '1.11'\nprint(1)", "") == ["1"]
    static let hasStatsmodels: Bool =
        run("import statsmodels.api, statsmodels.stats.rates, statsmodels.stats.multitest\nprint(1)", "") == ["1"]
    private static let python: String = {
        let named = ProcessInfo.processInfo.environment["LBFORENSICS_PYTHON"] ?? ""
        return named.isEmpty ? "python3" : named
    }()

    /// Runs a Python program on text and returns the lines it prints, or nothing where it fails.
    static func run(_ program: String, _ input: String) -> [String] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [python, "-c", program]
        let (stdin, stdout) = (Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = stdout
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return [] }
        stdin.fileHandleForWriting.write(Data(input.utf8))
        try? stdin.fileHandleForWriting.close()
        let data = stdout.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { return [] }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// Applies a Python expression over `a` (the numbers of a line) to each line of numbers.
    static func map(_ expression: String, _ lines: [[Double]]) -> [Double] {
        let program = """
            import sys, numpy as np, scipy.stats as st, scipy.special as sp
            for line in sys.stdin:
                a = [float(x) for x in line.split()]
                print(repr(float(\(expression))))
            """
        let input = lines.map { $0.map { String($0) }.joined(separator: " ") }.joined(separator: "\n")
        return run(program, input).compactMap(Double.init)
    }
}
