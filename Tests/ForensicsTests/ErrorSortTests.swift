import Foundation
import Testing

/// Who makes the errors that rose, while scanners make others all day.
@Suite(.enabled(if: Program.path != nil, "the program is not built")) struct ErrorSortTests {
    private static let minutes = 25

    private static func line(
        _ seconds: Double, _ client: String, target: String? = nil, status: Int = 200, madeByTarget: Bool = true
    ) -> String {
        let line = EvidenceLines.alb(seconds, client, trace: Int(seconds * 100), status: status)
        guard let target else { return line }
        let named = line.replacingOccurrences(of: "10.0.0.1:443", with: target)
        return madeByTarget ? named : named.replacingOccurrences(of: " \(status) \(status) ", with: " \(status) - ")
    }

    /// Two requests a second of forty clients to ten targets, and a scanner in each of the windows, which asks for forty paths
    /// that do not exist.
    ///
    /// - Parameter failing: whether the request of a number fails during.
    private static func log(_ scanners: [String], status: Int, failing: (Int) -> Bool) -> [String] {
        let length = minutes * 60
        var lines: [String] = []
        for index in 0..<length * 4 {
            let isDuring = index >= length * 2
            let fails = isDuring && failing(index)
            lines.append(
                line(
                    Double(index) / 2, "198.51.100.\(index / 10 % 40 + 1)", target: "10.0.0.\(index % 10 + 1):443",
                    status: fails ? status : 200, madeByTarget: !fails))
        }
        for (window, scanner) in scanners.enumerated() {
            for index in 0..<60 {
                lines.append(line(Double(window * length + 300 + index) + 0.3, scanner, status: 404))
            }
        }
        return lines.sorted()
    }

    private static func compared(_ lines: [String], _ rows: String = "all") throws -> ComparedAnswer {
        let folder = try Folder()
        defer { folder.remove() }
        let log = try folder.log(
            "alb.log",
            lines.map { "\($0.split(separator: " ")[1]) \($0)" }.sorted().map {
                String($0.drop { $0 != " " }.dropFirst())
            })
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", log, "--store", store, "-q", "--rows", rows]).status == 0)
        return try ComparedAnswer([
            "--store", store, "--before", EvidenceLines.window(0, minutes: minutes), "--during",
            EvidenceLines.window(minutes * 60, minutes: minutes),
        ])
    }

    private static let scanners = ["203.0.113.7", "203.0.113.8"]

    @Test func `a scanner does not make the 502s of all targets`() throws {
        let answer = try Self.compared(Self.log(Self.scanners, status: 502) { $0 % 53 == 0 })
        #expect(answer.sentence.contains("5xx responses (nearly all 502) "), "\(answer.sentence)")
        #expect(!answer.sentence.contains("203.0.113."), "\(answer.sentence)")
        let failures = try #require(answer.members["failures"] as? [String: Any])
        #expect(failures["sort"] as? String == "status_5xx")
        #expect((failures["leading"] as? [Any])?.isEmpty == true)
    }

    @Test func `of two bad targets among ten both are told`() throws {
        let answer = try Self.compared(Self.log(Self.scanners, status: 500) { $0 % 10 < 2 && $0 % 3 == 0 })
        #expect(
            answer.sentence.contains(
                "Of the new 5xx responses targets 10.0.0.1:443 and 10.0.0.2:443 together make 100 %."),
            "\(answer.sentence)")
    }

    @Test func `of four bad targets among ten all are told`() throws {
        let answer = try Self.compared(Self.log(Self.scanners, status: 500) { $0 % 10 < 4 && $0 % 3 == 0 })
        #expect(
            answer.sentence.contains("Of the new errors 4 targets alike together make 100 %."),
            "\(answer.sentence)")
    }

    @Test func `without rows nobody is named`() throws {
        let answer = try Self.compared(Self.log(Self.scanners, status: 502) { $0 % 53 == 0 }, "none")
        #expect(answer.sentence.contains("5xx responses"), "\(answer.sentence)")
        #expect(!answer.sentence.contains("203.0.113."), "\(answer.sentence)")
        #expect(answer.caveats["rows-left-out"]?.contains("one sort of errors") == true, "\(answer.caveats)")
    }

    @Test func `one status that rises among many other errors is told, with who gets it`() throws {
        var lines: [String] = []
        for index in 0..<Self.minutes * 240 {
            let client = index / 10 % 40 + 1
            let isBlocked = client == 5 && index >= Self.minutes * 120
            lines.append(
                Self.line(
                    Double(index) / 2, "198.51.100.\(client)", target: "10.0.0.\(index % 10 + 1):443",
                    status: isBlocked ? 403 : 200, madeByTarget: !isBlocked))
        }
        // What everybody asks for that does not exist: fifteen a minute, as Poisson counts vary.
        for minute in 0..<Self.minutes * 2 {
            for index in 0..<[11, 19, 15, 13, 17][minute % 5] {
                lines.append(
                    Self.line(
                        Double(minute * 60 + index * 3) + 0.3, "198.51.100.\((minute + index) % 40 + 1)", status: 404))
            }
        }
        let answer = try Self.compared(lines)
        // Ten of each four hundred in turn, and 375 of other statuses beside the 3,000.
        #expect(
            answer.sentence.contains("But 403 responses appeared (70, 2.1 % of requests)"), "\(answer.sentence)")
        #expect(
            answer.sentence.contains("Of the new 403 responses client 198.51.100.5 makes 100 %"), "\(answer.sentence)")
        let failures = try #require(answer.members["failures"] as? [String: Any])
        #expect(failures["sort"] as? String == "status_403")
    }

    // MARK: - Connections

    private static func compared(_ folder: Folder, _ more: [String] = []) throws -> ComparedAnswer {
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", folder.path("logs"), "--store", store, "-q"]).status == 0)
        return try ComparedAnswer(
            [
                "--store", store, "--before", EvidenceLines.window(0, minutes: 15), "--during",
                EvidenceLines.window(900, minutes: 15),
            ] + more)
    }

    @Test func `why handshakes fail is told with how many do`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let usual = (0..<450).map {
            EvidenceLines.albConnection(Double($0) * 4, "198.51.100.\($0 % 30 + 1)", trace: $0 + 1)
        }
        let refused = (0..<300).map {
            EvidenceLines.albConnection(
                900 + Double($0) * 3, "203.0.113.\($0 % 20 + 1)", trace: 1000 + $0, refused: "ClientCertExpired")
        }
        try folder.log("logs/conn.log", (usual + refused).sorted())
        let counted = try Self.compared(folder)
        // 300 of 225 + 300.
        #expect(
            counted.sentence.contains(
                "failed handshakes (nearly all ClientCertExpired) appeared (300, 57 % of connections)"),
            "\(counted.sentence)")
        let errors = try Self.compared(folder, ["--by", "errors"])
        #expect(
            errors.sentence.contains(
                "Of them, nearly all ClientCertExpired, client network 203.0.113.0/24 makes 100 %."),
            "\(errors.sentence)")
    }

    @Test func `who tries many targets is told before the targets`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let usual = (0..<450).map { EvidenceLines.flow(Double($0) * 4, "198.51.100.\($0 % 30 + 1)", port: 10_000 + $0) }
        let refused = (0..<300).map { number in
            let start = Int(EvidenceLines.origin) + 900 + number * 3
            return
                "2 1 eni-9 203.0.113.9 10.0.0.\(77 + number % 2) \(20_000 + number) \([22, 23, 3389][number % 3]) 6 1 44 \(start) "
                + "\(start) REJECT OK"
        }
        try folder.log("logs/flow.log", usual + refused, header: EvidenceLines.flowHeader)
        let answer = try Self.compared(folder, ["--by", "errors"])
        #expect(answer.sentence.contains("Of them client 203.0.113.9 makes 100 %"), "\(answer.sentence)")
    }
}
