import ForensicsModel
import ForensicsTestSupport
import Foundation
import Synchronization
import Testing

/// A hundred incidents of varied kind, written as logs and read by the program itself.
@Suite(.enabled(if: Program.path != nil)) struct PlantedIncidentTests {
    private struct Outcome {
        var isExplained = false
        var hasFoundWindows = false
        var text = ""
    }

    /// What is answered; nothing where `auto` says that there is no such window.
    private static func compare(_ before: String, _ during: String, _ store: String) throws -> [String: Any] {
        let run = try Program.run([
            "compare", "--before", before, "--during", during, "--format", "json", "--store", store, "--quiet",
        ])
        if during == "auto", run.status == 65, run.errors.contains("the evidence has no such window") { return [:] }
        #expect(run.status == 0, "\(run.errors)")
        return try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any] ?? [:]
    }

    private static func run(_ number: Int) throws -> Outcome {
        let planted = PlantedIncident(number)
        let folder = try Folder()
        defer { folder.remove() }
        var logs = IncidentLogs(planted)
        let inputs = folder.path("logs")
        try FileManager.default.createDirectory(atPath: inputs, withIntermediateDirectories: true)
        try logs.write(into: inputs)
        let store = folder.path("case.db")
        let read = try Program.run(["ingest", inputs, "--store", store, "--quiet"])
        #expect(read.status == 0, "\(read.errors)")
        let given = try compare("2026-03-17T09:45:00Z/15m", "2026-03-17T10:00:00Z/15m", store)
        let chosen = try compare("auto", "auto", store)
        var outcome = Outcome()
        outcome.isExplained = isExplained(given, planted, logs.holders)
        outcome.hasFoundWindows = hasFoundWindows(chosen, planted)
        let leading = (given["leading"] as? [[String: Any]] ?? []).prefix(3).map {
            "\($0["dimension"] ?? "") \($0["value"] ?? "") \($0["excess_share"] ?? "")"
        }
        outcome.text =
            "\(number) \(planted.kind) \(planted.values): \(given["sentence"] ?? "") \(leading); "
            + "\(chosen["windows"] ?? "none")"
        return outcome
    }

    /// Whether the right explanation stands first, and is said.
    private static func isExplained(_ answer: [String: Any], _ planted: PlantedIncident, _ holders: [String]) -> Bool {
        let total = answer["total"] as? [String: Any] ?? [:]
        let direction = total["direction"] as? String
        let everybody = total["everybody_moved"] as? Bool == true
        let sentence = answer["sentence"] as? String ?? ""
        let leading = answer["leading"] as? [[String: Any]] ?? []
        let values = Set(planted.values.map(IncidentLogs.value))
        func isRight(_ explanation: [String: Any]?) -> Bool {
            guard let value = explanation?["value"] as? String else { return false }
            return explanation?["dimension"] as? String == planted.dimension?.name && values.contains(value)
                && sentence.contains(value)
        }
        switch planted.kind {
        case .uniformRise: return everybody && direction == "rise" && sentence.contains("Everybody rose")
        case .uniformFall: return everybody && direction == "fall" && sentence.contains("Everybody fell")
        case .equalAndOpposite:
            return direction == "same" && Set(leading.prefix(2).compactMap { $0["value"] as? String }) == values
                && sentence.contains("Only the mix moved")
        case .longOnly:
            let fresh = (answer["active_long"] as? [[String: Any]] ?? []).filter {
                $0["had_long_before"] as? String == "no"
            }
            return Set(fresh.compactMap { $0["client_ip"] as? String }) == Set(holders)
                && holders.allSatisfy(sentence.contains)
        case .slowTarget:
            let slow = answer["slowness"] as? [String: Any]
            return isRight((slow?["leading"] as? [[String: Any]])?.first)
        default: return isRight(leading.first)
        }
    }

    /// Whether `auto` chose the planted minutes, within one, and the quiet ones just before where they are covered.
    private static func hasFoundWindows(_ answer: [String: Any], _ planted: PlantedIncident) -> Bool {
        let windows = answer["windows"] as? [String: [String: Any]] ?? [:]
        func minute(_ window: String, _ edge: String) -> Int? {
            ChosenWindowTests.minutes(windows[window]?[edge]).map {
                $0 - Int(TrafficModel.origin / TrafficModel.minute)
            }
        }
        guard let start = minute("during", "start"), let end = minute("during", "end"),
            let quietStart = minute("before", "start"), let quietEnd = minute("before", "end"),
            abs(start - PlantedIncident.spike.lowerBound) <= 1, abs(end - PlantedIncident.spike.upperBound) <= 1,
            quietEnd - quietStart == end - start, quietEnd <= start
        else { return false }
        return planted.kind == .halfUncovered ? quietEnd <= PlantedIncident.quiet.lowerBound + 5 : quietEnd == start
    }

    @Test func `in at least 95 of 100 the right explanation stands first, and auto finds the windows`() throws {
        let outcomes = Mutex<[Int: Outcome]>([:])
        let errors = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: 100) { number in
            do {
                let outcome = try Self.run(number)
                outcomes.withLock { $0[number] = outcome }
            } catch {
                errors.withLock { $0.append("\(number): \(error)") }
            }
        }
        #expect(errors.withLock { $0 }.isEmpty)
        let all = outcomes.withLock { $0 }.sorted { $0.key < $1.key }.map(\.value)
        for one in all where !one.isExplained || !one.hasFoundWindows {
            print("incident", one.isExplained, one.hasFoundWindows, one.text)
        }
        #expect(all.count { $0.isExplained } >= 95)
        #expect(all.count { $0.hasFoundWindows } >= 95)
    }
}
