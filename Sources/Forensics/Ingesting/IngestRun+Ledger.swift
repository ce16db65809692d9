import ForensicsIngest
import ForensicsModel
import ForensicsReport
import ForensicsStore
import Foundation

/// What becomes of the records of an input.
extension IngestRun {
    func sourceResult(
        _ unit: PlannedUnit, _ index: Int, _ source: SourceOutcome, _ rollups: [PackedRollup],
        _ distributions: [PackedDistribution]
    ) -> SourceResult {
        let path = unit.paths[index]
        var result = SourceResult(ordinal: source.ordinal, status: .complete, tally: source.tally)
        var details: [String] = []
        if let failure = source.failure {
            result.status = .failed
            details.append(failure.description)
            report(ForensicsError(failure))
        }
        for issue in source.issues {
            let error = issue.error(path: path)
            details.append(issue.name)
            if issue.cutsStream { result.status = .salvaged }
            if issue.kind == .truncatedGzip { result.tally.note(.truncatedGzip) }
            report(ForensicsError(error))
        }
        let rejected = result.tally.rejectedTotal
        if rejected > 0, Double(rejected) * 100 > options.maxRejects * Double(result.tally.records) {
            report(
                ForensicsError(
                    .data,
                    "\(path): \(rejected) of \(result.tally.records) records are rejected; see `lbforensics sources --rejects`."
                ))
        }
        result.contentKey = source.contentKey?.text
        result.tag = unit.tags[index]
        result.decodedLength = source.decodedLength
        result.detail = details.isEmpty ? nil : details.joined(separator: "; ")
        result.seekPoints = source.seekPoints.map {
            StoredSeekPoint(record: 0, decodedOffset: $0.decodedOffset, rawOffset: $0.rawOffset)
        }
        result.rollups = rollups
        result.distributions = distributions
        return result
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
