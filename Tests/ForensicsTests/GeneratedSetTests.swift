import Foundation
import Testing

/// Generated sets of 200 000 lines with planted clients, counted by an independent reader.
///
/// They are made by the generator beside the test data; without it, or without a C compiler and libdeflate, these tests
/// are skipped.
@Suite(.enabled(if: Program.path != nil && GeneratedSet.generator != nil)) struct GeneratedSetTests {
    @Test(arguments: [
        // An NLB tells the duration of connections, an ALB those of requests.
        GeneratedSet(kind: "nlb", portKey: "port", longMilliseconds: 300_000),
        GeneratedSet(kind: "alb", portKey: "target_port", longMilliseconds: 15_000),
    ]) func `counts equal an independent computation, and the planted clients come out alone`(_ set: GeneratedSet)
        throws
    {
        let folder = try Folder()
        defer { folder.remove() }
        let truth = try set.make(in: folder)
        let windows = try truth.windows()
        let counted = try set.counted(folder, windows)
        let store = folder.path("case.db")
        let run = try Program.run(["ingest", folder.path("set/AWSLogs"), "--store", store, "--quiet"])
        #expect(run.status == 0, "\(run.errors)")

        for (window, span) in windows {
            for (dimension, key) in [("client", "client"), ("target-port", set.portKey), ("domain", "domain")] {
                let expected = (counted[window]?[key] as? [String: Int] ?? [:]).filter { $0.key != "-" }
                #expect(!expected.isEmpty)
                let found = try set.top(dimension, span, store)
                #expect(found == expected, "\(window) \(dimension)")
            }
        }

        let limit = "\(set.longMilliseconds / 1000)s"
        let compared = try Program.run([
            "compare", "--before", windows["before"] ?? "", "--during", windows["during"] ?? "", "--long", limit,
            "--store",
            store,
            "--format", "json",
        ])
        #expect(compared.status == 0, "\(compared.errors)")
        let answer = try #require(
            JSONSerialization.jsonObject(with: Data(compared.output.utf8)) as? [String: Any])
        let rows = try #require(answer["active_long"] as? [[String: Any]])
        let fresh = rows.filter { $0["long_before"] as? Int == 0 }.compactMap { $0["client_ip"] as? String }
        #expect(Set(fresh) == Set(truth.planted))
        let sentence = try #require(answer["sentence"] as? String)
        for client in truth.planted { #expect(sentence.contains(client), "\(sentence)") }
    }
}

/// A set that the generator makes.
struct GeneratedSet: CustomTestStringConvertible, Sendable {
    var kind: String
    var portKey: String
    var longMilliseconds: Int
    var testDescription: String { kind }

    static let generator: String? = {
        let data =
            ProcessInfo.processInfo.environment["LBFORENSICS_TESTDATA"]
            ?? SampleIncidentTests.root.appendingPathComponent("../shared/data").path
        let source = URL(fileURLWithPath: data).appendingPathComponent("../bench/gen_logs.c").standardizedFileURL.path
        let libraries = ["/usr/include/libdeflate.h", "/usr/local/include/libdeflate.h"]
        guard FileManager.default.fileExists(atPath: source),
            FileManager.default.isExecutableFile(atPath: "/usr/bin/cc"),
            libraries.contains(where: FileManager.default.fileExists)
        else { return nil }
        return source
    }()

    /// What the generator says it planted.
    struct Truth {
        var json: [String: Any]
        var planted: [String] { json["planted_long_ips"] as? [String] ?? [] }

        func windows() throws -> [String: String] {
            var windows: [String: String] = [:]
            for name in ["before", "during"] {
                let window = try #require(json[name] as? [String: Any])
                windows[name] = "\(try #require(window["from"] as? String))/\(try #require(window["to"] as? String))"
            }
            return windows
        }
    }

    func make(in folder: Folder) throws -> Truth {
        let binary = folder.path("generator")
        let source = try #require(Self.generator)
        #expect(try Program.tool("cc", ["-O2", "-w", "-o", binary, source, "-ldeflate", "-lm"]).status == 0)
        #expect(try Program.tool(binary, [kind, "200000", folder.path("set"), "2", "2"]).status == 0)
        let data = try Data(contentsOf: URL(fileURLWithPath: folder.path("set/truth.json")))
        return Truth(json: try #require(JSONSerialization.jsonObject(with: data) as? [String: Any]))
    }

    /// The windows as the independent reader counts them.
    func counted(_ folder: Folder, _ windows: [String: String]) throws -> [String: [String: Any]] {
        let times = ["before", "during"].flatMap { (windows[$0] ?? "").split(separator: "/").map(String.init) }
        let script = SampleIncidentTests.root.appendingPathComponent("Tests/Oracles/window_counts.py").path
        let result = try Program.tool(
            "python3", [script, kind, folder.path("set")] + times + [String(longMilliseconds)])
        #expect(result.status == 0, "\(result.errors)")
        let json = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any] ?? [:]
        return json.compactMapValues { $0 as? [String: Any] }
    }

    func top(_ dimension: String, _ span: String, _ store: String) throws -> [String: Int] {
        let times = span.split(separator: "/").map(String.init)
        let result = try Program.run([
            "top", dimension, "--from", times[0], "--to", times[1], "--limit", "1000000", "--format", "json", "--store",
            store,
        ])
        let rows = try Answer.rows(result.output)
        let measure = kind == "nlb" ? "connections" : "requests"
        var found: [String: Int] = [:]
        for row in rows {
            guard let value = row[dimension.replacingOccurrences(of: "-", with: "_")] as? String else { continue }
            found[value] = row[measure] as? Int
        }
        return found
    }
}
