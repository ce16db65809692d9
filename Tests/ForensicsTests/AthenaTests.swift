#if Cloud
    import Foundation
    import Testing

    /// The conversation with the Athena API, held with moto's server.
    @Suite(
        .serialized, .enabled(if: Program.path != nil, "the program is not built"),
        .enabled(if: LakeTools.moto != nil, "moto is not installed: pip install 'moto[server]'"))
    struct AthenaTests {
        /// moto's Athena, answering with rows of ours.
        final class Server {
            let url: String
            private let process = Process()
            private let input = Pipe()
            private let folder: Folder
            private let log: URL

            init(answers: [String], environment: [String: String] = [:]) throws {
                folder = try Folder()
                let script = SampleIncidentTests.root.appendingPathComponent("Tests/Oracles/athena_server.py").path
                var paths: [String] = []
                for (index, text) in answers.enumerated() {
                    paths.append(try folder.file("\(index).csv", Data(text.utf8)).path)
                }
                let errors = try folder.writable("log")
                log = errors.url
                let output = Pipe()
                process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
                process.arguments = [LakeTools.moto ?? "python3", script] + paths
                process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
                process.standardInput = input
                process.standardOutput = output
                process.standardError = errors.handle
                try process.run()
                var line = Data()
                while !line.contains(0x0A) {
                    let part = output.fileHandleForReading.availableData
                    if part.isEmpty { break }
                    line += part
                }
                url = String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            }

            /// What was asked so far: one dictionary for each call.
            var calls: [[String: Any]] {
                let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
                return text.split(separator: "\n").map { LakeTools.json(String($0)) }.filter { !$0.isEmpty }
            }

            func stop() {
                try? input.fileHandleForWriting.close()
                process.waitUntilExit()
                folder.remove()
            }
        }

        static let keys = ["AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"]

        static func ask(_ server: Server, _ arguments: [String]) throws -> Program.Result {
            try run(arguments + ["--endpoint-url", server.url, "--output-location", "s3://answers/"])
        }

        /// Runs `athena` with keys that moto takes.
        static func run(_ arguments: [String]) throws -> Program.Result {
            let assignments = keys.map { "\($0.key)=\($0.value)" }.sorted()
            return try Program.tool(
                assignments[0], assignments.dropFirst() + [Program.path ?? "", "athena"] + arguments)
        }

        /// Two windows of a hundred and three hundred connections, one client of 60 and 240, three of them long.
        static let rows = """
            section,side,minute,requests,connections,bytes,errors,longest_ns,client_errors,server_errors,timeouts,long_count,\
            facts,maximum,long_before,longest_before_ns,open_before,long_during,longest_during_ns,open_during,open_earlier,long_earlier,series,value
            total,1,29562320,0,100,5000,2,1000000000,0,0,0,0,100,,0,0,0,0,0,0,0,0,29562320:100,
            total,2,29562336,0,300,9000,2,400000000000,0,0,0,3,300,,0,0,0,3,400000000000,3,1,0,29562336:300,
            client,1,,0,60,5000,2,1000000000,0,0,0,0,60,,0,0,0,0,0,0,0,0,29562320:60,198.51.100.7
            client,2,,0,240,5000,2,1000000000,0,0,0,0,240,,0,0,0,0,0,0,0,0,29562336:240,198.51.100.7
            long,,,0,3,0,0,0,0,0,0,3,3,,0,0,2,3,400000000000,3,1,0,,198.51.100.7
            rejected,,,0,0,0,0,0,0,0,0,0,4,,0,0,0,0,0,0,0,0,,malformed

            """

        @Test func `compare starts one query, watches it, fetches its rows and says what it cost`() throws {
            let server = try Server(answers: [Self.rows])
            defer { server.stop() }
            let result = try Self.ask(
                server,
                ["compare", "--kind", "nlb", "--workgroup", "primary", "--format", "json"] + LakeStatementTests.windows)
            #expect(result.status == 0, "\(result.errors)")
            let answer = LakeTools.json(result.output)
            let total = answer["total"] as? [String: Any] ?? [:]
            #expect(total["before"] as? Int == 100)
            #expect(total["during"] as? Int == 300)
            let client = (answer["active_long"] as? [[String: Any]])?.first ?? [:]
            #expect(client["client_ip"] as? String == "198.51.100.7")
            #expect(client["long_during"] as? Int == 3)
            #expect(client["long_open_in_before"] as? Int == 2 && client["long_during_open_in_before"] as? Int == 1)
            let caveats = (answer["caveats"] as? [[String: Any]] ?? []).compactMap { $0["code"] as? String }
            #expect(caveats.contains("rejects") && caveats.contains("quantiles-without-minutes"))
            #expect(result.errors.contains("27.0 MB scanned, about 0.0001 USD"))
            let started = server.calls.filter { $0["action"] as? String == "StartQueryExecution" }
            #expect(started.count == 1)
            #expect((started.first?["context"] as? [String: Any])?["Database"] as? String == "lbforensics")
            let query = started.first?["query"] as? String ?? ""
            let emitted = try LakeStatementTests.emitted(
                ["athena", "compare", "--kind", "nlb"] + LakeStatementTests.windows)
            #expect(query + ";\n\n" == emitted.output)
        }

        @Test(
            .enabled(if: LakeTools.sparkSQL != nil, "spark-sql is not installed: pip install pyspark"),
            arguments: ["nlb", "alb"])
        func `compare says the same from a case and from Athena's statements`(kind: String) throws {
            let question = LakeAgreement(
                location: SparkTests.location, kind: kind, windows: LakeStatementTests.windows)
            let expected = try question.ofCase()
            #expect(expected.count > 20)
            #expect(LakeAgreement.differences(try question.ofAthena(), expected).isEmpty)
        }

        @Test func `every page of an answer is fetched`() throws {
            var text = "client,connections\n"
            for number in 0..<2500 { text += "198.51.\(number / 250).\(number % 250),\(number)\n" }
            let server = try Server(answers: [text])
            defer { server.stop() }
            let result = try Self.ask(
                server,
                ["query", "SELECT client, count(*) FROM nlb_access GROUP BY 1", "--kind", "nlb", "--format", "csv"])
            #expect(result.status == 0, "\(result.errors)")
            // RFC 4180: lines end with both.
            #expect(result.output == text.replacingOccurrences(of: "\n", with: "\r\n"))
            let pages = server.calls.filter { $0["action"] as? String == "GetQueryResults" }
            #expect(pages.compactMap { $0["rows"] as? Int } == [1000, 1000, 501])
        }

        @Test func `setup makes the database, then the table`() throws {
            let server = try Server(answers: [])
            defer { server.stop() }
            let result = try Self.ask(server, ["setup", "--kind", "clb"] + LakeStatementTests.location)
            #expect(result.status == 0, "\(result.errors)")
            let queries = server.calls.compactMap { $0["query"] as? String }
            #expect(queries.first == "CREATE DATABASE IF NOT EXISTS lbforensics")
            #expect(queries.count == 2)
            #expect(queries.last?.hasPrefix("CREATE EXTERNAL TABLE IF NOT EXISTS lbforensics.clb_access (") == true)
        }

        @Test func `an interrupt cancels the query`() throws {
            let server = try Server(answers: [Self.rows], environment: ["ATHENA_NEVER_ENDS": "1"])
            defer { server.stop() }
            let process = Process()
            process.executableURL = URL(fileURLWithPath: Program.path ?? "")
            process.environment = ProcessInfo.processInfo.environment.merging(Self.keys) { $1 }
            process.arguments =
                ["athena", "compare", "--kind", "nlb", "-q", "--endpoint-url", server.url] + LakeStatementTests.windows
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            while process.isRunning, !server.calls.contains(where: { $0["action"] as? String == "StartQueryExecution" })
            {
                Thread.sleep(forTimeInterval: 0.05)
            }
            process.interrupt()
            process.waitUntilExit()
            #expect(process.terminationStatus == 130)
            #expect(server.calls.contains { $0["action"] as? String == "StopQueryExecution" })
        }

        @Test func `a service that is not there is told, with its status`() throws {
            let result = try Self.run(
                ["compare", "--kind", "nlb", "--endpoint-url", "http://127.0.0.1:9"] + LakeStatementTests.windows)
            #expect(result.status == 69)
        }
    }
#endif
