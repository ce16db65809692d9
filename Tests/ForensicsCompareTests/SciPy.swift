import Foundation

/// Asks an independent implementation, where it is installed.
enum SciPy {
    static let isAvailable: Bool = run("import scipy.stats\nassert scipy.__version__ >= '1.11'\nprint(1)", "") == ["1"]

    /// Runs a Python program on text and returns the lines it prints, or nothing where it fails.
    static func run(_ program: String, _ input: String) -> [String] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", program]
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

/// Random numbers from a seed: SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &+ 0x1234_5678_9ABC_DEF1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    mutating func normal() -> Double {
        let radius = (-2 * log(max(uniform(), 1e-300))).squareRoot()
        return radius * cos(2 * Double.pi * uniform())
    }

    mutating func poisson(_ mean: Double) -> Int64 {
        if mean > 60 { return Int64(max(0, (mean + mean.squareRoot() * normal()).rounded())) }
        var left = exp(-mean)
        var count: Int64 = 0
        let u = uniform()
        var sum = left
        while u > sum, count < 1000 {
            count += 1
            left *= mean / Double(count)
            sum += left
        }
        return count
    }

    /// Gamma with a mean of 1 and a shape; Marsaglia and Tsang.
    mutating func gamma(shape: Double) -> Double {
        if shape < 1 {
            let boost = pow(max(uniform(), 1e-300), 1 / shape)
            return gamma(shape: shape + 1) * (shape + 1) * boost / shape
        }
        let d = shape - 1 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = normal()
            let v = (1 + c * x) * (1 + c * x) * (1 + c * x)
            if v > 0, log(max(uniform(), 1e-300)) < 0.5 * x * x + d - d * v + d * log(v) { return d * v / shape }
        }
    }
}
