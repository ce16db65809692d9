import Foundation
import Testing

/// What `spikes` says where evidence is missing, and of one measure alone.
@Suite(.enabled(if: Program.path != nil)) struct SpikeAnswerTests {
    private static func rows(_ arguments: [String], _ store: String) throws -> [[String: Any]] {
        let run = try Program.run(["spikes", "--store", store, "--format", "json"] + arguments)
        #expect(run.status == 0, "\(run.errors)")
        return try Answer.rows(run.output)
    }

    @Test func `a quarter of an hour without any object is listed, one interval or one node is not`() throws {
        let stamps = ["T0930Z_", "T0935Z_", "T0940Z_", "T1000Z_", "T1010Z_10.0.1.2", "T1015Z_10.0.1.2"]
        try IncidentLogs.withEvenLoad(without: { name in stamps.contains { name.contains($0) } }) { store in
            let gaps = try Self.rows([], store).filter { $0["reason"] as? String == "no evidence" }
            #expect(gaps.count == 1)
            #expect(gaps.first?["start_time"] as? String == "2026-03-17T09:25:00.000000000Z")
            #expect(gaps.first?["end_time"] as? String == "2026-03-17T09:40:00.000000000Z")
            let text = try Program.run(["spikes", "--store", store]).output
            #expect(text.contains("No evidence from "), "\(text)")
            #expect(text.contains("no traffic, or objects missing"), "\(text)")
            #expect(!text.contains("Nothing stands out"), "\(text)")
            // Before the later objects are missing of one node alone, which looks like a fall.
            let calm = ["--from", "2026-03-17T09:05:00Z", "--to", "2026-03-17T09:55:00Z"]
            // Of minutes that nobody watched there is nothing to compare, but they may be what is looked for.
            let chosen = try Program.run(["compare", "--before", "auto", "--during", "auto", "--store", store] + calm)
            #expect(chosen.status == 65)
            #expect(
                chosen.errors.contains("No evidence from 2026-03-17T09:25:00Z to 2026-03-17T09:40:00Z"),
                "\(chosen.errors)")
        }
    }

    @Test func `too little evidence, no rows and no spike are three answers`() throws {
        try IncidentLogs.withEvenLoad(without: { _ in false }) { store in
            func text(_ arguments: [String]) throws -> String {
                try Program.run(["spikes", "--store", store] + arguments).output
            }
            let short = try text(["--from", "2026-03-17T09:20:00Z", "--to", "2026-03-17T09:20:11Z"])
            #expect(short.contains("11 s of evidence: too short"), "\(short)")
            let empty = try text(["--client", "192.0.2.77"])
            #expect(empty.contains("No rows match"), "\(empty)")
            let calm = try text([])
            #expect(calm.contains("1.5×"), "\(calm)")
        }
    }

    @Test(arguments: ["errors", "bytes", "requests"]) func `the spikes of a measure are of that measure alone`(
        measure: String
    ) throws {
        try ChosenWindowTests.withCase { _, store in
            for row in try Self.rows(["--kind", "alb", "--by", measure], store) {
                #expect((row["reason"] as? String)?.hasPrefix(measure) == true, "\(row)")
                for other in (row["also"] as? String ?? "").split(separator: ", ") {
                    #expect(other.hasPrefix(measure), "\(row)")
                }
            }
        }
    }
}
