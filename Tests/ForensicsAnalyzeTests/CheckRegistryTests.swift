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
