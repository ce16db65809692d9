import Foundation
import Testing

/// A client that names itself a health checker hides from no answer.
@Suite(.enabled(if: Program.path != nil)) struct SpoofedHealthCheckTests {
    private static func line(_ second: Int, _ client: String, _ agent: String) -> String {
        let time = String(
            format: "2026-03-17T10:%02d:%02d.%06dZ", second / 60, second % 60, client.hasPrefix("203") ? 5 : 0)
        return "http \(time) app/shop/0a \(client):1000 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "
            + "\"GET http://www.example.com:80/ HTTP/1.1\" \"\(agent)\" - -\n"
    }

    /// Forty minutes of one request a second; in the second half a client adds as many, and checks come from a load balancer.
    private static func withCase(_ checker: String, _ body: (String) throws -> Void) throws {
        let folder = try Folder()
        defer { folder.remove() }
        var text = ""
        for second in 0..<2400 {
            text += line(second, "198.51.100.\(second % 40)", "curl/8")
            if second >= 1200 { text += line(second, checker, "ELB-HealthChecker/2.0") }
        }
        let log = try folder.file("alb.log", Data(text.utf8))
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", log.path, "--store", store, "--quiet"]).status == 0)
        try body(store)
    }

    private static let windows = ["--before", "2026-03-17T10:00:00Z/20m", "--during", "2026-03-17T10:20:00Z/20m"]

    private static func compare(_ store: String) throws -> (leading: String, caveat: String?) {
        let run = try Program.run(["compare", "--store", store, "--format", "json"] + windows)
        #expect(run.status == 0, "\(run.errors)")
        let answer = LakeTools.json(run.output)
        let caveats = answer["caveats"] as? [[String: String]] ?? []
        return (answer["sentence"] as? String ?? "", caveats.first { $0["code"] == "health-checks" }?["text"])
    }

    @Test func `requests from a public address count, whatever their agent`() throws {
        try Self.withCase("203.0.113.9") { store in
            let (sentence, caveat) = try Self.compare(store)
            #expect(sentence.contains("2.0×") && sentence.contains("203.0.113.9"), "\(sentence)")
            #expect(caveat == nil)
            let top = try Program.run(["top", "client", "--limit", "1", "--store", store, "--format", "csv"])
            #expect(top.output.contains("203.0.113.9") && top.output.contains("1200"), "\(top.output)")
            #expect(!top.errors.contains("health checks"))
        }
    }

    @Test func `answers say how many requests were left out as health checks`() throws {
        try Self.withCase("10.0.3.7") { store in
            let (sentence, caveat) = try Self.compare(store)
            #expect(sentence.contains("did not change"), "\(sentence)")
            #expect(
                caveat?.hasPrefix("0 requests before and 1,200 during are health checks") == true, "\(caveat ?? "")")
            let summary = try Program.run(["summary", "--store", store, "--format", "json"])
            #expect(summary.output.contains("\"health_checks\": 1200"), "\(summary.output.prefix(600))")
            let top = try Program.run(["top", "client", "--store", store])
            #expect(top.errors.contains("1,200 requests are health checks"), "\(top.errors)")
            let whole = try Program.run(
                ["compare", "--store", store, "--include-health-checks", "--format", "json"] + Self.windows)
            #expect(whole.output.contains("10.0.3.7") && !whole.output.contains("\"health-checks\""))
            // From rows, with a filter: the same.
            let filtered = try Program.run(
                ["compare", "--store", store, "--client", "0.0.0.0/0", "--format", "json"] + Self.windows)
            #expect(filtered.output.contains("0 requests before and 1,200 during"), "\(filtered.output.prefix(300))")
        }
    }
}
