import ForensicsModel

/// The two windows with what every part of a comparison derives from them.
struct WindowPair: Sendable {
    let before: WindowAggregate
    let during: WindowAggregate
    let options: CompareOptions
    /// What shares are counted in: the measure, or for `duration` connections (requests where there are none).
    let counted: RankMeasure
    /// Seconds of exposure.
    let secondsBefore: Double
    let secondsDuring: Double
    /// Whole covered minutes.
    let gridBefore: MinuteGrid
    let gridDuring: MinuteGrid
    /// How large the events are that bring bytes.
    let sizes: EventSizes
    /// How many clients are behind a count at least.
    private let crowd: ClientCrowd

    init(before: WindowAggregate, during: WindowAggregate, options: CompareOptions) {
        self.before = before
        self.during = during
        self.options = options
        let connections = before.totals.activity.connections + during.totals.activity.connections
        counted = options.measure.counted(hasConnections: connections > 0)
        secondsBefore = Double(before.exposure) / 1e9
        secondsDuring = Double(during.exposure) / 1e9
        gridBefore = MinuteGrid(before)
        gridDuring = MinuteGrid(during)
        sizes = EventSizes([before, during])
        crowd = ClientCrowd([before, during], measure: counted)
    }

    /// What the activity of active-and-long is counted in.
    var activeLongCounted: RankMeasure { options.activeLongMeasure ?? counted }

    /// What one unit before would have become during at an unchanged rate.
    var scale: Double { secondsDuring / secondsBefore }
    /// What one event counted stands for: each flow kept stands for so many.
    private var sampling: Double { Double(max(1, options.sampleRate)) }

    /// Below this no dispersion is believed: that of independent events, of the sizes that the windows show.
    ///
    /// Where no sizes are known they are taken as all alike: for bytes that is too little, and minutes have to tell.
    func dispersionFloor(of measure: RankMeasure) -> Double {
        guard measure == .bytes else { return sampling }
        let (old, new) = (before.totals.activity, during.totals.activity)
        let events = old.requests + old.connections + new.requests + new.connections
        let amount = Double(old.bytes) + Double(new.bytes)
        return sampling * max(1, events > 0 ? amount / Double(events) : 1, sizes.dispersion)
    }

    /// Returns during minus what the rate before would have given.
    func change(before: Int64, during: Int64) -> Double { Double(during) - Double(before) * scale }

    /// Returns the variance of the change if all events were independent and nothing changed.
    func independentVariance(before: Int64, during: Int64) -> Double {
        let rate = (Double(before) + Double(during)) / (secondsBefore + secondsDuring)
        return rate * secondsDuring * (1 + scale)
    }

    func outcome(before: Int64, during: Int64, dispersion: Dispersion) -> RateComparison.Outcome {
        RateComparison.compare(
            before: RateComparison.Count(Double(before), exposure: secondsBefore),
            during: RateComparison.Count(Double(during), exposure: secondsDuring), dispersion: dispersion,
            confidence: options.confidence)
    }

    /// Returns how a total varies: from the minutes before, with those during where these leave less open.
    func dispersion(of count: (TrafficTotals) -> Int64, isBytes: Bool) -> Dispersion {
        let pool = pool(of: count, isBytes: isBytes)
        return cautious(
            pool.isAssumed ? nil : pool.dispersion, .ofTotals, before: count(before.totals),
            during: count(during.totals), isBytes: isBytes)
    }

    /// What the minutes tell, each window's about its own mean.
    ///
    /// How restless the total is, those before say: what happens during is no usual variation. But twenty minutes leave open how
    /// they hang together, which those of both windows tell better. So with theirs it is taken for no calmer, and for better known,
    /// where that gives the narrower interval; both alone where there are too few before.
    private func pool(of count: (TrafficTotals) -> Int64, isBytes: Bool) -> Dispersion.Pool {
        let floor = dispersionFloor(of: isBytes ? .bytes : .requests)
        let quiet = gridBefore.series(before.buckets, count)
        let both = Dispersion.pool([quiet, gridDuring.series(during.buckets, count)], floor: floor)
        guard quiet.minutes >= Dispersion.minimumBuckets, quiet.points.contains(where: { $0.count > 0 }) else {
            return both
        }
        let alone = Dispersion.pool([quiet], floor: floor)
        var better = alone
        better.dispersion = Dispersion(
            factor: max(alone.dispersion.factor, both.dispersion.factor), degrees: both.dispersion.degrees)
        return better.dispersion.isNarrower(than: alone.dispersion, confidence: options.confidence) ? better : alone
    }

    /// Returns how two counts vary: as estimated, but where the window before has few minutes at least as is assumed.
    ///
    /// A few minutes in a row are too much alike to show how rates move from one window to the next. Without an
    /// estimate counts vary as assumed. Of bytes nothing is known then: how large an event is, is not assumed.
    func cautious(
        _ estimate: Dispersion?, _ assumption: Dispersion.Assumption, before: Int64, during: Int64, isBytes: Bool
    ) -> Dispersion {
        if let estimate, gridBefore.count >= Dispersion.minimumBuckets { return estimate }
        if estimate == nil, isBytes { return .unknown }
        let assumed = assumption.spread(over: isBytes ? 1 : crowd.least(behind: before, during)).dispersion(
            before: Double(before), during: Double(during), floor: dispersionFloor(of: isBytes ? .bytes : .requests))
        guard let estimate, estimate.factor > assumed.factor else { return assumed }
        return estimate
    }

    /// Whether nothing was counted: then nothing is to be told of how it varies.
    var isEmpty: Bool {
        before.totals.activity.value(of: counted) == 0 && during.totals.activity.value(of: counted) == 0
    }

    /// Whether the windows are too short to tell how much the counted measure varies.
    var isTooShort: Bool {
        let measure = counted
        return pool(of: { $0.activity.value(of: measure) }, isBytes: measure == .bytes).isAssumed
    }

    /// Whether a window has too few whole minutes to accuse anybody.
    ///
    /// Sessions of clients last as long as such a window does: a client that came, or went, is then no news, and nothing
    /// in the windows can tell.
    var isTentative: Bool { min(gridBefore.count, gridDuring.count) < Dispersion.minimumBuckets }

    /// The change of everything, in the counted measure.
    ///
    /// - Parameter variation: how it varies, where more tells it than its minutes.
    func total(_ variation: Dispersion? = nil) -> ComparisonResult.Total {
        let measure = counted
        let dispersion =
            variation ?? dispersion(of: { $0.activity.value(of: measure) }, isBytes: measure == .bytes)
        let countBefore = before.totals.activity.value(of: measure)
        let countDuring = during.totals.activity.value(of: measure)
        let outcome = outcome(before: countBefore, during: countDuring, dispersion: dispersion)
        return ComparisonResult.Total(
            before: countBefore, during: countDuring, change: change(before: countBefore, during: countDuring),
            ratio: outcome.ratio, pValue: dispersion.isKnown ? outcome.pValue : nil,
            direction: outcome.ratio.isRise ? .rise : outcome.ratio.isFall ? .fall : .same,
            dispersion: dispersion.factor, isUniform: false)
    }
}
