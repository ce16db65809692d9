package import ForensicsModel

/// Finds out who makes what takes longer.
package enum SlownessFinder {
    /// What is slow: facts whose measure exceeds the limit.
    package struct Limit: Sendable, Equatable {
        /// What is measured.
        package var measure: DistributionMeasure
        /// The quantile that moved most.
        package var quantile: Double
        /// What takes longer is slow.
        package var nanoseconds: Int64

        package init(measure: DistributionMeasure, quantile: Double, nanoseconds: Int64) {
            self.measure = measure
            self.quantile = quantile
            self.nanoseconds = nanoseconds
        }

        /// The limit before of what would be slow during if everything took so many times as long.
        package func relaxed(by factor: Double) -> Limit {
            Limit(
                measure: measure, quantile: quantile,
                nanoseconds: Int64((Double(nanoseconds) / max(1, factor)).rounded()))
        }

        /// Whether a request took longer; what was not measured did not, nor what the limit's measure does not apply to.
        package func isExceeded(by exchange: borrowing Exchange) -> Bool {
            switch measure {
            case .requestTime: exchange.requestTime ?? 0 > nanoseconds
            case .targetTime: exchange.targetTime ?? 0 > nanoseconds
            case .responseTime: exchange.responseTime ?? 0 > nanoseconds
            case .totalTime: exchange.latency ?? 0 > nanoseconds
            default: false
            }
        }

        /// Whether a handshake took longer, likewise.
        package func isExceeded(by connection: borrowing Connection) -> Bool {
            switch measure {
            case .handshake: connection.handshake ?? 0 > nanoseconds
            case .tlsHandshake: connection.tlsHandshake ?? 0 > nanoseconds
            default: false
            }
        }

        /// Fills a batch with the requests and connections of another one that exceed the limit.
        package func select(from batch: borrowing FactBatch, into slow: inout FactBatch) {
            slow.removeAll()
            slow.texts = batch.texts
            for exchange in batch.exchanges where isExceeded(by: exchange) { slow.exchanges.append(exchange) }
            for connection in batch.connections where isExceeded(by: connection) {
                slow.connections.append(connection)
            }
        }
    }

    /// Phases of what requests, and connections, are made of. A long connection is not a slow one.
    private static let phases: [RankMeasure: Set<String>] = [
        .requests: Set([DistributionMeasure.requestTime, .targetTime, .responseTime, .totalTime].map(\.name)),
        .connections: Set([DistributionMeasure.handshake, .tlsHandshake].map(\.name)),
    ]

    /// Returns what is slow in a result, judged by the quantile that rose most, and by what factor that did; `nil` where none
    /// rose notably.
    package static func limit(of result: ComparisonResult) -> (limit: Limit, factor: Double)? {
        let counted = RankMeasure(rawValue: result.question.countedIn) ?? .requests
        let slower = result.shifts.filter { shift in
            shift.isNotable && shift.isTime && shift.during > shift.before && shift.before > 0
                && phases[counted]?.contains(shift.measure) == true
        }
        guard let worst = slower.max(by: { $0.during / $0.before < $1.during / $1.before }),
            let measure = DistributionMeasure.allCases.first(where: { $0.name == worst.measure })
        else { return nil }
        let limit = (worst.before * worst.during).squareRoot() * 1e6
        return (
            Limit(measure: measure, quantile: worst.quantile, nanoseconds: Int64(limit.rounded())),
            worst.during / worst.before
        )
    }

    /// Adds to a result who makes what takes longer, and says it.
    ///
    /// - Parameters:
    ///   - before: the window before, of slow facts alone.
    ///   - during: the window during, of slow facts alone.
    ///   - alike: the window before, of the facts that would be slow if all took longer by the same factor.
    ///   - all: both windows, of all facts.
    package static func add(
        to result: inout ComparisonResult, _ limit: Limit, before: WindowAggregate, during: WindowAggregate,
        alike: WindowAggregate, all: [WindowAggregate], options: CompareOptions
    ) {
        var options = options
        options.isPartOfAll = true
        guard let slow = try? Comparison.compare(before: before, during: during, options: options) else { return }
        let leading = leading(slow, than: all + [alike], options)
        result.slowness = Slowness(
            measure: limit.measure.name, quantile: limit.quantile, limitMilliseconds: Double(limit.nanoseconds) / 1e6,
            total: slow.total, leading: leading, slowest: leading.isEmpty ? Self.leading(slow, than: all, options) : [])
        result.sentence = SentenceComposer.compose(result, options: options)
    }

    /// The values that make more of what became slow than of any of some windows: of all there is, and of what would be slow if all
    /// took longer by the same factor, since what always takes long passes a limit first. The most first; ties by dimension and
    /// value.
    private static func leading(
        _ slow: ComparisonResult, than windows: [WindowAggregate], _ options: CompareOptions
    ) -> [Explanation] {
        let counted = RankMeasure(rawValue: slow.question.countedIn) ?? .requests
        return ExcessRanking.leading(slow.dimensions, of: slow.total, than: windows, options: options) { _, activity in
            activity.value(of: counted)
        }
    }
}
