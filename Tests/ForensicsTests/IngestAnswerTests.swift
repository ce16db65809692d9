import ForensicsModel
import ForensicsStore
import Foundation
import Testing

/// What `ingest` and `compare` say of what they did not read, and where their answers go.
@Suite(.enabled(if: Program.path != nil, "the program is not built")) struct IngestAnswerTests {
    private static func withLog(_ body: (Folder, String) throws -> Void) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let log = try folder.log(
            "logs/alb.log", (0..<60).map { EvidenceLines.alb(Double($0), "198.51.100.1", trace: $0 + 1) })
        try body(folder, log)
    }

    @Test func `quiet leaves out what people read, not the ledger that was asked for`() throws {
        try Self.withLog { folder, log in
            let ledger = folder.path("ledger.json")
            let file = try Program.run([
                "ingest", log, "--store", folder.path("a.db"), "-q", "--format", "json", "--output", ledger,
            ])
            #expect(file.status == 0 && file.output.isEmpty && file.errors.isEmpty, "\(file.errors)")
            let text = try String(contentsOfFile: ledger, encoding: .utf8)
            #expect(text.contains("\"records\": 60") || text.contains("\"records\":60"), "\(text)")
            let json = try Program.run(["ingest", log, "--store", folder.path("b.db"), "-q", "--format", "json"])
            #expect(json.status == 0 && json.output == text && json.errors.isEmpty)
            let table = try Program.run(["ingest", log, "--store", folder.path("c.db"), "-q"])
            #expect(table.status == 0 && table.output.isEmpty && table.errors.isEmpty)
        }
    }

    @Test func `many inputs of a kind are one row for people, and what is wrong with one stays its own`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        for number in 0..<45 {
            let line = EvidenceLines.alb(Double(number), "198.51.100.1", trace: number + 1)
            try folder.log("logs/alb-\(number).log", number == 17 ? [line, "alb is no line"] : [line])
        }
        let store = folder.path("a.db")
        let people = try Program.run(["ingest", folder.path("logs"), "--store", store, "--max-rejects", "90"])
        #expect(people.status == 0, "\(people.errors)")
        let lines = people.output.split(separator: "\n").map(String.init)
        // Two tables of a head, a rule and a row, the second under its title; what was read.
        #expect(lines.count == 8, "\(people.output)")
        let sums = lines[2].split(separator: " ").map(String.init)
        #expect(sums.first == "alb" && sums.contains("45") && sums.contains("46") && sums.last == "complete", "\(sums)")
        #expect(lines[6].contains("logs/alb-17.log"), "\(lines)")
        #expect(lines[7] == "45 read, 46 records, 1 rejected.")
        func rows(_ options: [String]) throws -> Int {
            let run = try Program.run(
                ["ingest", folder.path("logs"), "--store", folder.path("\(options.count).db"), "--max-rejects", "90"]
                    + options)
            return run.output.split(separator: "\n").count
        }
        #expect(try rows(["--format", "ndjson"]) == 45)
        #expect(try rows(["--format", "ndjson", "--limit", "7"]) == 7)
        // A head, a rule, three inputs, what was read.
        #expect(try rows(["--limit", "3", "--raw"]) == 6)
    }

    @Test func `hidden files in folders are told`() throws {
        try Self.withLog { folder, log in
            try FileManager.default.copyItem(atPath: log, toPath: folder.path("logs/.more.log"))
            for options in [[], ["--dry-run"]] {
                let run = try Program.run(
                    ["ingest", folder.path("logs"), "--store", folder.path("a.db")] + options)
                #expect(run.status == 0)
                #expect(
                    run.errors.contains("hidden files and folders (1) in folders are left out; name them to read them"),
                    "\(run.errors)")
            }
        }
    }

    @Test func `where nothing was read nothing is the rest`() throws {
        try Self.withLog { folder, log in
            let store = folder.path("a.db")
            let none = try Program.run(["ingest", folder.path("nosuch"), "--store", store])
            #expect(none.status == 66 && !none.errors.contains("the rest is in"), "\(none.errors)")
            let some = try Program.run(["ingest", folder.path("nosuch"), log, "--store", store])
            #expect(some.status == 66 && some.errors.contains("the rest is in \(store)"), "\(some.errors)")
            let planned = try Program.run(["ingest", folder.path("nosuch"), log, "--dry-run", "--store", store])
            #expect(planned.status == 66 && !planned.errors.contains("the rest is in"), "\(planned.errors)")
        }
    }

    @Test(arguments: [
        (["--from", "2026-03-17T09:00:00Z", "--to", "2026-03-17T09:00:30Z"], []),
        (["--from", "2026-03-17T09:00:00.5Z"], []), (["--rows", "notable", "--timeout", "90s"], []),
        (["--keep-query-strings", "--ignore", "192.0.2.0/24", "--ignore", "203.0.113.7/32"], ["--rows", "none"]),
    ])
    func `other options are refused with those that the case has`(first: [String], second: [String]) throws {
        try Self.withLog { folder, log in
            let store = folder.path("a.db")
            #expect(try Program.run(["ingest", log, "--store", store, "-q"] + first).status == 0)
            let run = try Program.run(["ingest", log, "--store", store, "-q"] + second)
            let words = first.joined(separator: " ").replacing("90s", with: "1m30s").replacing("/32", with: "")
            #expect(run.status == 65)
            #expect(
                run.errors.replacing("/32", with: "").contains(
                    "is in the case, read with \(words); give the same options, or another --store"), "\(run.errors)")
            #expect(try Program.run(["ingest", log, "--store", store, "-q"] + first).status == 0)
            let plain = folder.path("plain.db")
            #expect(try Program.run(["ingest", log, "--store", plain, "-q"]).status == 0)
            let other = try Program.run(["ingest", log, "--store", plain, "-q"] + first)
            #expect(other.status == 65)
            #expect(other.errors.contains("read without options that change what is read"), "\(other.errors)")
        }
    }

    /// Requests that a private load balancer passes on for clients behind a proxy of the user's, in two files of one capture.
    private static func proxied(_ folder: Folder) throws -> [String] {
        try (0..<2).map { file in
            var script = PacketScript()
            for number in 0..<10 {
                let request = PacketScript.get(
                    "/", fields: "X-Forwarded-For: 198.51.100.\(number + 1), 203.0.113.9\r\n")
                script.exchange(
                    at: Double(file * 60 + number), PacketScript.End([9, 1], 30_000 + 100 * file + number),
                    PacketScript.End([2, 2], 80), request: request,
                    answer: PacketScript.answer(number == 0 ? 500 : 200))
            }
            return try folder.file("captures/web.pcap\(file)", PacketScript.file(script.ordered)).path
        }
    }

    private static let proxy = ["--trusted-proxy", "203.0.113.0/24"]

    /// All that a case tells of clients.
    private static func told(_ store: String) throws -> [String] {
        try ["export requests", "export activity", "findings", "top client", "sources"].map { question in
            let run = try Program.run(
                question.split(separator: " ").map(String.init) + ["--store", store, "--format", "csv"])
            try #require(run.status == 0, "\(run.errors)")
            // When it was read is another time each.
            return run.output.replacing(/20[0-9-]+T[0-9:.]+Z\n/, with: "\n")
        }
    }

    @Test func `another list of trusted proxies tells the clients of captures anew, as one told at once`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let captures = try Self.proxied(folder)
        let log = try folder.log(
            "alb.log", (0..<60).map { EvidenceLines.alb(Double($0), "198.51.100.1", trace: $0 + 1) })
        let (store, fresh) = (folder.path("a.db"), folder.path("b.db"))
        #expect(try Program.run(["ingest", folder.path("captures"), log, "--store", store, "-q"]).status == 0)
        let before = try Program.run(["top", "client", "--kind", "pcap", "--store", store, "--format", "csv"]).output
        #expect(before.contains("203.0.113.9") && !before.contains("198.51.100.2"), "\(before)")
        let dry = try Program.run(["ingest", captures[0], log, "--dry-run", "--store", store] + Self.proxy)
        #expect(dry.output.contains("1 would be read; 1 in the case already."), "\(dry.output)")
        // One file is enough to tell the set; the log is what it was.
        let run = try Program.run(["ingest", captures[0], log, "--store", store] + Self.proxy)
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.errors.contains("is read again, since another --trusted-proxy"), "\(run.errors)")
        #expect(!run.errors.contains("different options"), "\(run.errors)")
        #expect(
            try Program.run(["ingest", folder.path("captures"), log, "--store", fresh, "-q"] + Self.proxy).status == 0)
        #expect(try Self.told(store) == Self.told(fresh))
        let after = try Program.run(["top", "client", "--kind", "pcap", "--store", store, "--format", "csv"]).output
        #expect(after.contains("198.51.100.2") && !after.contains("203.0.113.9"), "\(after)")
        // Nothing is left to do, and who names none may have forgotten it.
        let again = try Program.run(["ingest", folder.path("captures"), log, "--store", store] + Self.proxy)
        #expect(again.status == 0 && !again.errors.contains("read again"), "\(again.errors)")
        let none = try Program.run(["ingest", folder.path("captures"), "--store", store])
        #expect(none.status == 65)
        #expect(
            none.errors.contains(
                "clients are told while it is read, and not again for what the case has: give the same"),
            "\(none.errors)")
        #expect(try Self.told(store) == Self.told(fresh))
    }

    @Test func `clients whose packets are gone stay as they are, and a mixture is told`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let captures = try Self.proxied(folder)
        let store = folder.path("a.db")
        #expect(try Program.run(["ingest", folder.path("captures"), "--store", store, "-q"]).status == 0)
        let before = try Self.told(store)
        try FileManager.default.removeItem(atPath: captures[1])
        let run = try Program.run(["ingest", captures[0], "--store", store] + Self.proxy)
        #expect(run.status == 65)
        #expect(run.errors.contains("it is not there any more: give the same options"), "\(run.errors)")
        #expect(try Self.told(store) == before)
        let talk = SmallCapture.file(SmallCapture.talk(client: 7, port: 40_000, at: 0))
        let other = try folder.file("other/mixed.pcap", talk).path
        let mixed = try Program.run(["ingest", other, "--store", store] + Self.proxy)
        #expect(mixed.status == 0, "\(mixed.errors)")
        #expect(
            mixed.errors.contains(
                "pcap sources of the case were read with different options (--trusted-proxy 203.0.113.0/24; none)"),
            "\(mixed.errors)")
        #expect(mixed.errors.contains("read all again with the same --trusted-proxy"), "\(mixed.errors)")
    }

    @Test func `a dry run knows what the case has, and what lies outside of the time asked for`() throws {
        try Self.withLog { folder, log in
            let store = folder.path("a.db")
            let name =
                "123456789012_elasticloadbalancing_us-east-1_app.shop.50dc6c495c0c9188_20260317T0800Z_192.0.2.1_ab.log"
            let line = EvidenceLines.alb(0, "198.51.100.1", trace: 1)
            let early = try folder.log("logs/\(name)", [line])
            let options = ["--from", "2026-03-17T09:00:00Z", "--store", store]
            /// What becomes of each file, by its name.
            func fates() throws -> [String: String] {
                let run = try Program.run(["ingest", folder.path("logs"), "--dry-run", "--format", "json"] + options)
                let rows = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [[String: Any]] ?? []
                var fates: [String: String] = [:]
                for row in rows {
                    let path = row["path"] as? String ?? ""
                    fates[URL(fileURLWithPath: path).lastPathComponent] = row["status"] as? String
                }
                return fates
            }
            #expect(try fates() == ["alb.log": "would be read", name: "would be left unread"])
            #expect(!FileManager.default.fileExists(atPath: store))
            let read = try Program.run(["ingest", folder.path("logs")] + options)
            #expect(read.status == 0 && read.output.contains("1 read, 60 records, 0 rejected."), "\(read.output)")
            #expect(read.errors.contains("1 file left unread"), "\(read.errors)")
            #expect(try fates() == ["alb.log": "in the case", name: "in the case"])
            let table = try Program.run(["ingest", log, early, "--dry-run"] + options)
            #expect(table.output.contains("0 would be read; 2 in the case already."), "\(table.output)")
            let text = try String(contentsOfFile: log, encoding: .utf8)
            _ = try folder.file("logs/alb.log", Data((text + line + "\n").utf8))
            _ = try folder.file("logs/more.log", Data((line + "\n").utf8))
            #expect(
                try fates() == ["alb.log": "would be read again", "more.log": "would be read", name: "in the case"])
            let other = try Program.run(["ingest", log, "--dry-run", "--store", store])
            #expect(other.status == 65 && other.errors.contains("give the same options"), "\(other.errors)")
        }
    }

    @Test func `inputs that were not read to the end are told with every answer`() throws {
        try Self.withLog { folder, log in
            let store = folder.path("a.db")
            #expect(try Program.run(["ingest", log, "--store", store, "-q"]).status == 0)
            // What an ingest that was killed leaves.
            let held = try CaseStore(path: store, access: .readWrite)
            let source = SourceDescription(path: "/logs/half.log", bytes: 10)
            _ = try held.beginUnit(
                UnitDescription(key: "/logs/half.log", kind: .alb, vantage: nil, options: "", sources: [source]))
            held.close()
            let text =
                "1 input is not read to the end (/logs/half.log), and counts nowhere: an ingest is running, or was ended"
            let commands = [
                ["summary"], ["top", "client"], ["timeline"], ["spikes"], ["findings"], ["explain", "198.51.100.1"],
                ["sources", "--clocks"],
            ]
            for command in commands {
                let run = try Program.run(command + ["--store", store])
                #expect(run.status == 0 && run.errors.contains(text), "\(command): \(run.errors)")
            }
            let windows = ["--before", "2026-03-17T09:00:00Z/30s", "--during", "2026-03-17T09:00:30Z/30s"]
            let compared = try Program.run(["compare", "--store", store, "--format", "json"] + windows)
            #expect(
                compared.output.contains("unfinished-inputs") && compared.output.contains(text), "\(compared.output)")
            for command in [
                ["query", "SELECT count(*) FROM requests"], ["query", "errors-by-target"], ["export", "requests"],
            ] {
                let run = try Program.run(command + ["--store", store, "-q"])
                #expect(run.errors.contains("and rows are told of what was read of it"), "\(command): \(run.errors)")
            }
            // Reading it again ends that.
            #expect(try Program.run(["ingest", log, "--store", store, "-q"]).status == 0)
            #expect(try Program.run(["summary", "--store", store]).errors.isEmpty)
        }
    }

    @Test func `a report of evidence keeps nothing but itself, and has its hashes`() throws {
        try Self.withLog { folder, log in
            let later = try folder.log(
                "later.log", (0..<60).map { EvidenceLines.alb(3600 + Double($0), "198.51.100.1", trace: $0 + 99) })
            let command = "unset LBFORENSICS_STORE; cd '\(folder.path(""))' && TMPDIR=. '\(Program.path ?? "")' report"
            let run = try Program.tool("bash", ["-c", "\(command) --before '\(log)' --during '\(later)'"])
            #expect(run.status == 0, "\(run.errors)")
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path("")).sorted()
            #expect(left == ["later.log", "logs", "report.html"])
            let html = try String(contentsOfFile: folder.path("report.html"), encoding: .utf8)
            let sum = try Program.tool("sha256sum", [later]).output.prefix(64)
            #expect(html.contains(sum))
            let refused = try Program.tool(
                "bash", ["-c", "\(command) --before '\(log)' --during 2026-03-17T10:00:00Z/15m"])
            #expect(refused.status == 64 && refused.errors.contains("add --store CASE"), "\(refused.errors)")
            // A named case is made, with the hashes of what is read into it.
            let named = try Program.tool(
                "bash", ["-c", "\(command) --before '\(log)' --during '\(later)' --store c.db"])
            #expect(named.status == 0, "\(named.errors)")
            #expect(try String(contentsOfFile: folder.path("report.html"), encoding: .utf8).contains(sum))
        }
    }

    @Test(arguments: [
        ["--before", "logs", "--during", "2026-03-17T10:00:00Z/15m"], ["--before", "auto", "--during", "logs"],
    ])
    func `evidence for one window makes no case, and adds to none that was not named`(windows: [String]) throws {
        try Self.withLog { folder, log in
            let run = { (options: String) throws -> Program.Result in
                let command =
                    "cd '\(folder.path(""))' && '\(Program.path ?? "")' compare \(windows.joined(separator: " "))"
                return try Program.tool("bash", ["-c", "unset LBFORENSICS_STORE; \(command) \(options)"])
            }
            let refused = try run("")
            #expect(refused.status == 64 && refused.output.isEmpty, "\(refused.output)")
            #expect(refused.errors.contains("add --store CASE"), "\(refused.errors)")
            #expect(!FileManager.default.fileExists(atPath: folder.path("lbforensics.db")))
            // A case that lies there stays as it is.
            let later = try folder.log("later.log", [EvidenceLines.alb(3600, "198.51.100.1", trace: 1)])
            #expect(try Program.run(["ingest", later, "--store", folder.path("lbforensics.db"), "-q"]).status == 0)
            #expect(try run("").status == 64)
            let held = [
                "query", "SELECT path FROM sources", "--store", folder.path("lbforensics.db"), "--format", "csv",
            ]
            #expect(try Program.run(held).output.split(whereSeparator: \.isNewline).count == 2)
            let named = try run("--store lbforensics.db")
            #expect(named.status != 64, "\(named.errors)")
            #expect(try Program.run(held).output.split(whereSeparator: \.isNewline).count == 3)
        }
    }
}
