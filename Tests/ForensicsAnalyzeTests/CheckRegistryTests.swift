import ForensicsAnalyze
import ForensicsModel
import Foundation
import Testing

@Suite struct CheckRegistryTests {
    @Test func `every check has a name of its own and says what it means`() {
        let all = CheckRegistry.all
        #expect(all.count == CheckID.allCases.count)
        #expect(Set(all.map(\.name)).count == all.count)
        for check in all {
            #expect(check.name.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" })
            for text in [check.title, check.meaning, check.method, check.caveat] { #expect(text.count > 15) }
            #expect(check.documentation.contains(check.method))
        }
        #expect(CheckRegistry.entry("long-connection")?.severity == .notice)
        #expect(CheckRegistry.entry("no-such-check") == nil)
    }

    @Test func `the unit of a measure is what the check says that it measures`() {
        let times: Set = [
            "the duration", "the total time", "the latency", "the silence", "the time from request to end",
            "the time waited", "the wait until the last SYN", "the longer of both",
        ]
        for check in CheckRegistry.all {
            guard let tail = check.method.components(separatedBy: "The measure is ").dropFirst().first else { continue }
            let measure = tail.components(separatedBy: ".")[0]
            #expect((check.unit == .nanoseconds) == times.contains(measure), "\(check.name): \(measure)")
        }
        // They tell nothing of a measure: none, a duration, none.
        #expect(CheckRegistry.entry("connection-refused")?.unit == Finding.Unit.none)
        #expect(CheckRegistry.entry("hairpin")?.unit == .nanoseconds)
        #expect(CheckRegistry.entry("load-balancer-type")?.unit == Finding.Unit.none)
    }

    @Test func `the folder of checks and the registry agree`() throws {
        var root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        let folder = "Sources/Forensics/Analyze/Checks"
        while root.path != "/", !FileManager.default.fileExists(atPath: root.appendingPathComponent(folder).path) {
            root.deleteLastPathComponent()
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent(folder).path)
        let registered = CheckID.allCases.map { "\(CheckRegistry.check($0)).swift" }
        #expect(files.filter { $0.hasSuffix(".swift") }.sorted() == registered.sorted())
    }
}
