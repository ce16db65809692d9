import Foundation
import Testing

/// One comparison of one folder of logs, made from a case, by Spark and through Athena's API: every count must be the same.
struct LakeAgreement {
    /// The folder above the years.
    var location: String
    var kind: String
    var windows: [String]
    /// Whether rows name the node. Where they do not, a case takes it from the objects' names, which SQL does not see.
    var namesNodes = true

    private var question: [String] { windows + ["--kind", kind, "--format", "json", "--limit", "1000000"] }

    /// The numbers of a case that holds the logs.
    func ofCase() throws -> [String] {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", "-q", "--store", store, location]).status == 0)
        return try counts(Program.run(["compare", "--store", store] + question))
    }

    /// The numbers that Spark finds in the files.
    func ofSpark() throws -> [String] {
        try counts(
            Program.run(["spark", "compare", "--location", location] + LakeTools.sparkOptions + question))
    }

    #if Cloud
        /// The numbers of Athena's path. Its own engine cannot run here: Spark runs the statements that the API was given,
        /// moto hands out the rows, page by page.
        func ofAthena() throws -> [String] {
            var answers: [String] = []
            while answers.count < 3 {
                let server = try AthenaTests.Server(answers: answers)
                defer { server.stop() }
                let result = try AthenaTests.ask(server, ["compare"] + question)
                let statements = server.calls.compactMap { $0["query"] as? String }
                // A statement that has no answer yet ends the program.
                if statements.count == answers.count { return try counts(result) }
                answers.append(try rows(of: statements[answers.count]))
            }
            return []
        }

        private func rows(of statement: String) throws -> String {
            let bounds = [windows[1], windows[3]].map { $0.split(separator: "/").map(String.init) }
            let rows = try Program.run(
                [
                    "spark", "query", statement, "from=\(bounds[0][0])", "to=\(bounds[1][0])", "--kind", kind,
                    "--location", location, "--format", "csv", "--raw",
                ] + LakeTools.sparkOptions)
            #expect(rows.status == 0, "\(rows.errors)")
            return rows.output
        }
    #endif

    /// What stands in one answer alone, a few lines of it.
    static func differences(_ found: [String], _ expected: [String]) -> [String] {
        if found == expected { return [] }
        let (left, right) = (Set(found), Set(expected))
        let lines = found.filter { !right.contains($0) }.prefix(5).map { "found \($0)" }
        return lines + expected.filter { !left.contains($0) }.prefix(5).map { "expected \($0)" } + ["in this order"]
    }

    // MARK: - What is compared

    /// The dimensions of the tables, and what follows from the clients. Not path and user agent: a case groups those by rules
    /// that SQL does not have.
    private static let dimensions: Set<String> = [
        "client", "client-network", "target", "target-port", "domain", "method", "status", "error-reason",
        "tls-version", "tls-cipher", "node", "target-group", "load-balancer",
    ]

    private func counts(_ result: Program.Result) throws -> [String] {
        try #require(result.status == 0, "\(result.errors)")
        let compared = namesNodes ? Self.dimensions : Self.dimensions.subtracting(["node"])
        return Self.counts(LakeTools.json(result.output), compared)
    }

    /// What must be equal: counts of the total, of every rate and quantile, of every listed value, and active and long.
    private static func counts(_ answer: [String: Any], _ dimensions: Set<String>) -> [String] {
        var lines: [String] = []
        let total = answer["total"] as? [String: Any] ?? [:]
        // Statistics that need the counts of every minute.
        let ratio = total["ratio"] as? [String: Any] ?? [:]
        lines.append(
            "total \(total["before"] ?? "") \(total["during"] ?? "") \(ratio["low"] ?? "") \(ratio["high"] ?? "")")
        let changes = answer["changes"] as? [String: Any] ?? [:]
        for rate in changes["rates"] as? [[String: Any]] ?? [] {
            lines.append("\(rate["measure"] ?? "") \(rate["before"] ?? "") \(rate["during"] ?? "")")
        }
        for entry in changes["quantiles"] as? [[String: Any]] ?? [] {
            let counts = "\(entry["count_before"] ?? "") \(entry["count_during"] ?? "")"
            lines.append(
                "\(entry["measure"] ?? "") \(entry["quantile"] ?? "") \(counts) \(entry["before"] ?? "") \(entry["during"] ?? "")"
            )
        }
        for section in answer["explanations"] as? [[String: Any]] ?? [] {
            guard let name = section["dimension"] as? String, dimensions.contains(name) else { continue }
            lines.append("\(name) \(section["value_count"] ?? "")")
            for value in section["values"] as? [[String: Any]] ?? [] {
                lines.append(
                    "\(name) \(value["value"] ?? "") \(value["before"] ?? "") \(value["during"] ?? "") \(value["dispersion"] ?? "")"
                )
            }
        }
        for client in answer["active_long"] as? [[String: Any]] ?? [] {
            lines.append(client.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "))
        }
        return lines
    }
}

/// A generated set of logs with its truth: LBFORENSICS_LAKE_SETS names their folders, with colons between.
struct LakeSet: CustomTestStringConvertible, Sendable {
    var folder: URL
    var testDescription: String { folder.lastPathComponent }

    static let named = (ProcessInfo.processInfo.environment["LBFORENSICS_LAKE_SETS"] ?? "").split(separator: ":")
        .map { LakeSet(folder: URL(fileURLWithPath: String($0))) }

    private func truth() throws -> [String: Any] {
        LakeTools.json(try String(contentsOf: folder.appendingPathComponent("truth.json"), encoding: .utf8))
    }

    func question() throws -> LakeAgreement {
        let truth = try truth()
        let windows = try ["before", "during"].flatMap { name in
            let window = try #require(truth[name] as? [String: Any])
            return ["--\(name)", "\(window["from"] ?? "")/\(window["to"] ?? "")"]
        }
        return LakeAgreement(
            location: folder.appendingPathComponent("AWSLogs/123456789012/elasticloadbalancing/us-east-1").path,
            kind: try #require(truth["kind"] as? String), windows: windows, namesNodes: false)
    }

    /// The ports, domains and statuses that make a hundredth of both windows, as the generator counted them.
    func values() throws -> [String] {
        let truth = try truth()
        let total = ["before", "during"].reduce(0) { $0 + ((truth[$1] as? [String: Any])?["lines"] as? Int ?? 0) }
        // For an ALB the generator counts ports of requests that reached no target as well.
        let ports = truth["kind"] as? String == "nlb" ? [("target-port", "target_ports_before_during")] : []
        let members = ports + [("domain", "domains"), ("status", "elb_status_all_before_during")]
        return members.flatMap { dimension, member in
            (truth[member] as? [String: [Int]] ?? [:]).map { ($0.key, Array($0.value.suffix(2))) }
                .filter { $0.1.reduce(0, +) * 100 >= total }
                .map { "\(dimension) \($0.0) \($0.1[0]) \($0.1[1]) " }
        }
    }

    /// The thirty busiest clients as the generator counted them, in the form of `LakeAgreement`.
    func clients() throws -> [String] {
        (try truth()["top30_during"] as? [[String: Any]] ?? []).map {
            "client \($0["ip"] ?? "") \($0["before"] ?? "") \($0["during"] ?? "") "
        }
    }
}
