import Foundation

/// Writes the sample incident: `lbforensics-sampledata --seed 2026 --output SampleData`.
@main
struct SampleDataGenerator {
    var seed: UInt64 = 2026
    var output = "SampleData"

    static func main() {
        do {
            let generator = try SampleDataGenerator(arguments: Array(CommandLine.arguments.dropFirst()))
            try generator.run()
        } catch let error as UsageError {
            report("\(error.text)\nusage: lbforensics-sampledata [--seed N] [--output FOLDER]")
            exit(64)
        } catch {
            report("\(error.localizedDescription)")
            exit(74)
        }
    }

    private struct UsageError: Error { var text: String }

    private static func report(_ text: String) {
        FileHandle.standardError.write(Data("lbforensics-sampledata: \(text)\n".utf8))
    }

    private init(arguments: [String]) throws {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            guard let value = rest.popFirst() else { throw UsageError(text: "\(name) needs a value") }
            switch name {
            case "--seed":
                guard let number = UInt64(value) else { throw UsageError(text: "not a seed: \(value)") }
                seed = number
            case "--output": output = value
            default: throw UsageError(text: "unknown option \(name)")
            }
        }
    }

    /// Makes everything, then writes it. Objects of an earlier run are removed, other files stay.
    private func run() throws {
        let population = ClientPopulation(count: 2800, reserved: Scenario.reserved)
        var nlb = NLBTraffic(seed: seed, population: population)
        nlb.run()
        var alb = ALBTraffic(seed: seed, population: population)
        alb.run()
        var capture = TargetCapture(seed: seed)
        let frames = capture.frames(nlb: nlb.connections, alb: alb.requests, population: population)

        let root = URL(fileURLWithPath: output, isDirectory: true)
        for folder in ["AWSLogs", "captures"] {
            let old = root.appendingPathComponent(folder)
            if FileManager.default.fileExists(atPath: old.path) { try FileManager.default.removeItem(at: old) }
        }
        var nlbLog = NLBAccessLog(seed: seed)
        var albLog = ALBAccessLog(seed: seed)
        let day = "\(Scenario.account)/elasticloadbalancing/\(Scenario.region)/2026/03/17"
        for object in nlbLog.objects(of: nlb.connections) + albLog.objects(of: alb.requests) {
            let name = "\(Scenario.account)_elasticloadbalancing_\(Scenario.region)_\(object.name)"
            let text = object.lines.map { $0 + "\n" }.joined()
            try write(try gzip(Array(text.utf8)), to: root, "AWSLogs/\(day)/\(name)")
        }
        let files = RotatedCapture.files(of: frames)
        for (number, bytes) in files.enumerated() {
            let isLast = number == files.count - 1
            let name = "captures/target-a.pcap\(number)" + (isLast ? "" : ".gz")
            try write(isLast ? bytes : try gzip(bytes), to: root, name)
        }
        let owners = Scenario.owners.map { "\($0.prefix),\($0.owner)\n" }.joined()
        try write(Array(("cidr,owner\n" + owners).utf8), to: root, "owners.csv")
    }

    private func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
        guard let member = Gzip.compress(bytes) else { throw CocoaError(.fileWriteUnknown) }
        return member
    }

    private func write(_ bytes: [UInt8], to root: URL, _ name: String) throws {
        let file = root.appendingPathComponent(name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
    }
}
