import ForensicsIngest
import ForensicsModel
import ForensicsReport
import ForensicsStore
import Foundation

/// What becomes of the records of an input.
extension IngestRun {
    func sourceResult(
        _ unit: PlannedUnit, _ index: Int, _ source: SourceOutcome, _ counts: RollupPortion
    ) -> SourceResult {
        let path = unit.paths[index]
        var result = SourceResult(ordinal: source.ordinal, status: .complete, tally: source.tally)
        var details: [String] = []
        // However much is wrong with it, an input counts once among those that could not be used whole.
        var isTold = false
        if let failure = source.failure {
            result.status = .failed
            details.append(failure.description)
            report(ForensicsError(failure), isAgain: &isTold)
        }
        for issue in source.issues {
            details.append(issue.name)
            if issue.cutsStream { result.status = .salvaged }
            if issue.kind == .truncatedGzip { result.tally.note(.truncatedGzip) }
            report(ForensicsError(issue.error(path: path)), isAgain: &isTold)
        }
        if let detail = source.condition.detail {
            details.append(detail)
            if source.failure == nil { result.status = .salvaged }
            if let error = source.condition.error(path: path) { report(ForensicsError(error), isAgain: &isTold) }
        }
        if let drops = source.drops.detail { details.append(drops) }
        if index == 0, let seam = unit.seam { details.append(seam) }
        tellRejects(result.tally, of: path, isAgain: &isTold)
        result.contentKey = source.contentKey?.text
        result.beginning = source.beginning?.text
        result.tag = unit.tags[index]
        result.decodedLength = source.decodedLength
        result.detail = details.isEmpty ? nil : details.joined(separator: "; ")
        result.seekPoints = source.seekPoints.map {
            StoredSeekPoint(record: 0, decodedOffset: $0.decodedOffset, rawOffset: $0.rawOffset)
        }
        result.counts = counts
        return result
    }

    /// Tells a problem of an input that may have had others.
    private func report(_ problem: ForensicsError, isAgain: inout Bool) {
        if isAgain { summary.problemsOfOneInput += 1 }
        isAgain = true
        report(problem)
    }

    /// Inputs whose few rejects get a line each; those after them are counted in one.
    private static let rejectLines = 20

    /// Says how many records of an input are rejected and why; more than `--max-rejects` of them are a problem.
    private func tellRejects(_ tally: LedgerTally, of path: String, isAgain: inout Bool) {
        let rejected = tally.rejectedTotal
        guard rejected > 0 else { return }
        let reasons = RejectReason.allCases.filter { tally.count($0) > 0 }.map { "\(tally.count($0)) \($0.rawValue)" }
        let line =
            "\(path): \(rejected) of \(tally.records) records rejected (\(reasons.joined(separator: ", "))); "
            + "see `lbforensics sources --rejects`."
        if isUnusable(rejected, of: tally.records) {
            report(ForensicsError(.data, line), isAgain: &isAgain)
        } else {
            withRejects += 1
            if withRejects <= Self.rejectLines { note(line) }
        }
    }

    private func isUnusable(_ rejected: UInt64, of records: UInt64) -> Bool {
        Double(rejected) * 100 > options.maxRejects * Double(records)
    }

    /// What was wrong with an input is wrong with it still, though it need not be read again.
    func tellAgain(_ source: SourceRecord) {
        var wrong: [String] = []
        if isUnusable(source.rejectedTotal, of: source.records) {
            wrong.append("\(source.rejectedTotal) of \(source.records) records rejected")
        }
        let damage = (source.detail ?? "").components(separatedBy: "; ").filter { part in
            part.hasPrefix("damaged: ") || StreamIssue.names.contains(part)
        }
        wrong += damage
        if wrong.isEmpty { return }
        report(
            ForensicsError(
                .data, "\(source.path): is in the case, not whole (\(wrong.joined(separator: ", "))); see `sources`."))
    }

    /// Says how many inputs had rejects beside those that got a line of their own.
    func tellMoreRejects() {
        let more = withRejects - Self.rejectLines
        guard more > 0 else { return }
        note(
            "\(more) more input\(more == 1 ? " has" : "s have") rejected records; see `lbforensics sources --rejects`.")
    }

    func account(_ unit: PlannedUnit, _ results: [SourceResult]) {
        for (index, (path, result)) in zip(unit.paths, results).enumerated() {
            summary.entries.append(
                SourcesReport.Entry(
                    id: Int64(result.ordinal), path: path, kind: unit.kind.name, vantage: unit.vantage,
                    bytes: Int64(clamping: unit.storedLengths[index] ?? 0),
                    firstTime: result.tally.firstTime?.nanoseconds,
                    lastTime: result.tally.lastTime?.nanoseconds, records: Int64(clamping: result.tally.records),
                    accepted: Int64(clamping: result.tally.accepted),
                    ignored: Int64(clamping: result.tally.ignoredTotal),
                    rejected: Int64(clamping: result.tally.rejectedTotal),
                    anomalous: Int64(clamping: result.tally.anomalous), status: result.status.rawValue))
        }
    }

    static var now: Timestamp {
        Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e9))
    }
}

/// AWS's marker object in a log bucket: it holds no record of traffic and is accounted as one ignored record.
enum TestObject {
    static let contentKey = "test-object"
}
