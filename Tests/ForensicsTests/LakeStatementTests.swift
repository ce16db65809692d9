import Foundation
import Testing

/// The statements for Athena and Spark: what they hold, what they refuse, and what parses them.
@Suite(.enabled(if: Program.path != nil, "the program is not built")) struct LakeStatementTests {
    static let windows = ["--before", "2026-03-17T09:20:00Z/15m", "--during", "2026-03-17T09:35:00Z/15m"]
    static let location = ["--location", "s3://logs/AWSLogs/123456789012/elasticloadbalancing/us-east-1"]

    static func emitted(_ arguments: [String]) throws -> Program.Result {
        try Program.run(arguments + ["--emit-sql"])
    }

    /// Every statement that the program can make for Athena.
    static func all() throws -> [String] {
        var texts: [String] = []
        for kind in ["alb", "alb-connection", "nlb", "clb", "vpc-flow"] {
            texts.append(try emitted(["athena", "setup", "--kind", kind] + location).output)
            if kind == "vpc-flow" { continue }
            texts.append(try emitted(["athena", "compare", "--kind", kind] + windows).output)
        }
        let span = ["from=2026-03-17T09:20:00Z", "to=2026-03-17T09:35:00Z"]
        for name in ["client-ips", "domains", "target-ports", "status-codes", "lines", "unmatched"] {
            texts.append(try emitted(["athena", "query", name] + span).output)
        }
        texts.append(try emitted(["athena", "query", "longest-connections", "--kind", "nlb"] + span).output)
        for name in ["rejected-flows", "heaviest-flows"] {
            texts.append(try emitted(["athena", "query", name, "--kind", "vpc-flow"] + span).output)
        }
        let pair = ["before=2026-03-17T09:20:00Z/15m", "during=2026-03-17T09:35:00Z/15m"]
        texts.append(try emitted(["athena", "query", "active-and-long", "--kind", "nlb"] + pair).output)
        return texts
    }

    @Test func `a comparison names its bounds in microseconds and the folders of its days`() throws {
        let result = try Self.emitted(["athena", "compare", "--kind", "alb"] + Self.windows)
        #expect(result.status == 0)
        // 2026-03-17T09:20:00Z is 1773739200 s after the epoch.
        for part in ["end_us >= 1773739200000000", "end_us < 1773740100000000", "end_us < 1773741000000000"] {
            #expect(result.output.contains(part))
        }
        #expect(result.output.contains("FROM lbforensics.alb_access"))
        #expect(result.output.contains("day BETWEEN '2026/03/17' AND '2026/03/17'"))
        #expect(result.output.contains("time >= '2026-03-17T09:20:00' AND time < '2026-03-17T09:50:00'"))
    }

    @Test func `a window that ends near midnight reads the folder of the next day too`() throws {
        let late = ["--before", "2026-03-17T23:00:00Z/15m", "--during", "2026-03-17T23:30:00Z/15m"]
        let result = try Self.emitted(["athena", "compare", "--kind", "alb-connection"] + late)
        #expect(result.output.contains("day BETWEEN '2026/03/17' AND '2026/03/18'"))
    }

    @Test func `no statement has a place left to fill`() throws {
        for text in try Self.all() {
            #expect(!text.contains("{{"))
            #expect(text.hasSuffix(";\n\n"))
        }
    }

    @Test(arguments: LakeLine.all) func `a table's expression takes today's fields, any shorter form and any tail`(
        line: LakeLine
    ) throws {
        let text = try Self.emitted(["athena", "setup", "--kind", line.kind] + Self.location).output
        let columns = text.split(separator: "\n").filter { $0.hasSuffix(" string") || $0.hasSuffix(" string,") }
        let start = try #require(text.firstRange(of: "'input.regex' = '")).upperBound
        let pattern = text[start..<(try #require(text[start...].firstRange(of: "'\n"))).lowerBound]
        let plain = pattern.replacingOccurrences(of: "\\\\", with: "\\")
        // Hive's SerDe takes what matches the whole line.
        let regex = try NSRegularExpression(pattern: "(?:\(plain))\\z", options: [])
        #expect(regex.numberOfCaptureGroups == columns.count)
        let nothing = [String?](repeating: nil, count: columns.count)
        for count in 1...line.fields.count {
            let short = line.fields.prefix(count).joined(separator: " ")
            var expected = nothing
            if count < line.needed {
                expected[columns.count - 1] = short
            } else {
                let values = line.values(count)
                expected.replaceSubrange(values.indices, with: values)
            }
            #expect(LakeLine.groups(regex, short) == expected, "\(count) fields")
        }
        let whole = line.fields.joined(separator: " ")
        let tail = #"new "of next year" -"#
        var expected = LakeLine.groups(regex, whole)
        expected[columns.count - 2] = tail
        #expect(LakeLine.groups(regex, "\(whole) \(tail)") == expected)
        var nowhere = nothing
        for other in ["", "Enable AccessLog for ELB: x", "{\"type\":\"http\"}"] {
            nowhere[columns.count - 1] = other
            #expect(LakeLine.groups(regex, other) == nowhere)
        }
    }

    @Test(arguments: [
        ["--database", "a;b"], ["--database", "a.b"], ["--database", "1a"], ["--database", "a'b"], ["--database", ""],
        ["--database", "a\"b"], ["--database", "a`b"], ["--database", "a b"], ["--log-table", "x; DROP TABLE y"],
        ["--log-table", "x--"], ["--before", "2026-03-17T09:20:00Z'/15m"], ["--during", "1 OR 1=1"],
        ["--kind", "alb'"], ["--long", "5m; DROP"], ["--reach", "'"],
    ]) func `what is no name, time or number never reaches a statement`(option: [String]) throws {
        let result = try Self.emitted(["athena", "compare"] + Self.windows + option)
        #expect(result.status == 64)
        #expect(result.output.isEmpty)
    }

    @Test(arguments: [
        "s3://logs/a'b", "s3://logs/a;b", "s3://logs/a\\b", "s3://logs/a\nb", "s3://logs/${day}", "s3://logs/a\"b", "",
        "s3://logs/a b",
    ]) func `a location with quotes, semicolons or escapes is refused`(location: String) throws {
        for command in ["athena", "spark"] {
            let times = ["--from", "2026-03-17T09:20:00Z", "--to", "2026-03-18T09:20:00Z"]
            let result = try Self.emitted([command, "setup", "--location", location] + times)
            #expect(result.status == 64)
            #expect(result.output.isEmpty)
        }
    }

    @Test(arguments: [
        ["client-ips", "from=2026-03-17T09:20:00Z", "to=2026-03-17T09:35:00Z", "limit=1; DROP TABLE x"],
        ["client-ips", "from=2026-03-17T09:20:00Z' OR ''='", "to=2026-03-17T09:35:00Z"],
        ["client-ips", "from=2026-03-17T09:20:00Z"], ["client-ips", "nothing=1"], ["no-such-question"],
        ["SELECT 1; DROP TABLE x"],
    ]) func `a question refuses what is no value of its parameters`(arguments: [String]) throws {
        let result = try Self.emitted(["athena", "query"] + arguments)
        #expect(result.status == 64)
        #expect(result.output.isEmpty)
    }

    @Test func `a path that begins with no slash is one of the current folder for Spark, and none for Athena`() throws {
        let times = ["--from", "2026-03-17T09:20:00Z", "--to", "2026-03-17T10:20:00Z"]
        let spark = try Self.emitted(["spark", "setup", "--location", "logs/us-east-1/"] + times)
        let folder = FileManager.default.currentDirectoryPath
        #expect(spark.status == 0 && spark.output.contains("'\(folder)/logs/us-east-1/2026/03/17/'"), "\(spark.output)")
        let athena = try Self.emitted(["athena", "setup", "--location", "logs/us-east-1"] + times)
        #expect(athena.status == 64 && athena.errors.contains("Athena reads s3://"), "\(athena.errors)")
    }

    @Test func `Spark is told the folder of each day`() throws {
        let result = try Self.emitted(
            ["spark", "setup", "--from", "2026-03-16T12:00:00Z", "--to", "2026-03-17T12:00:00Z"] + Self.location)
        #expect(result.status == 0)
        for day in ["2026/03/16", "2026/03/17"] {
            #expect(result.output.contains("PARTITION (day = '\(day)') LOCATION '\(Self.location[1])/\(day)/'"))
        }
    }

    @Test(.enabled(if: LakeTools.sqlglot != nil, "sqlglot is not installed: pip install sqlglot"))
    func `Athena's, Trino's and Spark's grammar take every statement`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let script = """
            import sqlglot, sys
            for path in sys.argv[1:]:
                text = open(path).read()
                ddl = "CREATE EXTERNAL TABLE" in text
                for dialect in (["athena", "hive", "spark"] if ddl else ["athena", "trino", "spark"]):
                    for tree in sqlglot.parse(text, read=dialect, error_level=sqlglot.ErrorLevel.RAISE):
                        assert tree is None or type(tree).__name__ in ("Create", "Select"), (path, dialect, type(tree))
            print("ok")
            """
        var paths: [String] = []
        for (index, text) in try Self.all().enumerated() {
            paths.append(try folder.file("\(index).sql", Data(text.utf8)).path)
        }
        let result = try Program.tool(LakeTools.sqlglot ?? "python3", ["-c", script] + paths)
        #expect(result.output == "ok\n", "\(result.errors)")
    }
}
