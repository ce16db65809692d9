import Foundation
import Testing

/// The case is the same however it came about: killed and run again, on any number of threads, in any order.
@Suite(.enabled(if: Program.path != nil), .serialized) struct ResumeTests {
    static let views = [
        "sources", "rejects", "coverage", "connections", "requests", "health_checks", "flow_records", "findings",
        "evidence", "activity", "distributions",
    ]
    static let inputs = [SampleIncidentTests.path("AWSLogs"), SampleIncidentTests.path("captures")]

    static func ingest(_ store: String, _ more: [String] = [], inputs: [String] = inputs, killedAfter: Double? = nil)
        throws -> Program.Result
    {
        let owners = SampleIncidentTests.path("owners.csv")
        return try Program.run(
            ["ingest"] + inputs + ["--store", store, "--owners", owners, "--quiet"] + more, killedAfter: killedAfter)
    }

    /// Every view as CSV, without the time at which a source was read.
    static func exported(_ store: String) throws -> [String: String] {
        var texts: [String: String] = [:]
        for view in views {
            let result = try Program.run(["export", view, "--store", store, "--format", "csv"])
            #expect(result.status == 0, "\(result.errors)")
            texts[view] = view == "sources" ? withoutColumn("ingested_at", result.output) : result.output
        }
        return texts
    }

    static func withoutColumn(_ name: String, _ csv: String) -> String {
        let lines = csv.split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        let column = lines.first?.firstIndex { $0 == name }
        return lines.map { line in
            line.enumerated().filter { $0.offset != column }.map { String($0.element) }.joined(separator: ",")
        }.joined(separator: "\n")
    }

    /// Names the views that differ.
    static func differences(_ left: [String: String], _ right: [String: String]) -> [String] {
        views.filter { left[$0] != right[$0] }
    }

    @Test func `killed at ten moments and run again, every view is that of an undisturbed run`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let undisturbed = folder.path("undisturbed.db")
        #expect(try Self.ingest(undisturbed).status == 0)
        let expected = try Self.exported(undisturbed)
        #expect(expected["connections"]!.utf8.count > 1_000_000)
        // A machine is not always equally fast: the time a run takes is that of the shortest so far.
        var duration = try Self.duration(folder.path("timed.db"))
        var killed = 0
        for moment in 1...10 {
            let store = folder.path("killed\(moment).db")
            // Ten parts of the run, each at another place inside its part.
            let fraction = (Double(moment) - 1 + Double(moment * 7 % 10) / 10) / 10
            let begun = Date()
            let run = try Self.ingest(store, killedAfter: duration * fraction)
            if run.status == -9 { killed += 1 } else { duration = min(duration, Date().timeIntervalSince(begun)) }
            let again = try Self.ingest(store)
            #expect(again.status == 0, "\(again.errors)")
            #expect(Self.differences(try Self.exported(store), expected).isEmpty, "killed at \(fraction) of the run")
            try? FileManager.default.removeItem(atPath: store)
        }
        #expect(killed >= 5, "most runs were stopped on their way")
    }

    /// The seconds that a run takes.
    private static func duration(_ store: String) throws -> Double {
        let started = Date()
        #expect(try ingest(store).status == 0)
        return Date().timeIntervalSince(started)
    }

    @Test func `killed time after time, the case still comes to its end`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let (undisturbed, store) = (folder.path("undisturbed.db"), folder.path("killed.db"))
        let started = Date()
        _ = try Self.ingest(undisturbed)
        let duration = Date().timeIntervalSince(started)
        for part in 1...5 { _ = try Self.ingest(store, killedAfter: duration * Double(part) / 7) }
        #expect(try Self.ingest(store).status == 0)
        #expect(Self.differences(try Self.exported(store), try Self.exported(undisturbed)).isEmpty)
    }

    @Test func `threads and the order of inputs change nothing`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let one = folder.path("one.db")
        #expect(try Self.ingest(one, ["--jobs", "1"]).status == 0)
        let expected = try Self.exported(one)
        for (name, jobs, inputs) in [
            ("two", "2", Self.inputs), ("four", "4", Self.inputs), ("turned", "2", Array(Self.inputs.reversed())),
        ] {
            let store = folder.path(name + ".db")
            #expect(try Self.ingest(store, ["--jobs", jobs], inputs: inputs).status == 0)
            #expect(Self.differences(try Self.exported(store), expected).isEmpty, "\(name)")
        }
    }

    @Test func `a second run reads nothing again, and inputs that come later find their place`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let (whole, parts) = (folder.path("whole.db"), folder.path("parts.db"))
        _ = try Self.ingest(whole)
        let expected = try Self.exported(whole)
        #expect(try Self.ingest(whole).status == 0)
        #expect(Self.differences(try Self.exported(whole), expected).isEmpty)
        for input in Self.inputs.reversed() { #expect(try Self.ingest(parts, inputs: [input]).status == 0) }
        #expect(Self.differences(try Self.exported(parts), expected).isEmpty)
    }
}
