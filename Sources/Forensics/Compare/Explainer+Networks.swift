import ForensicsModel

/// Networks of clients, told as wide as what they did reaches.
extension Explainer {
    /// Returns the comparison with those networks joined that gained or lost something beyond doubt as a whole: each is one value in
    /// place of the many that it holds, so that values still add up to everything. `nil` where there is none.
    ///
    /// What they did is how far their share of everything moved, which is nothing for a crowd in which all do more; where little was
    /// there before shares tell nothing, and the change itself is looked at. They are chosen for that among as many as there are
    /// networks of clients: each has to show so much more.
    func widened(_ values: [MergedValue]) -> Explainer? {
        let (before, during) = (Double(max(1, total.before)), Double(max(1, total.during)))
        let ofShare: (MergedValue) -> Double = { Double($0.during) / during - Double($0.before) / before }
        let ofCount: (MergedValue) -> Double = { pair.change(before: $0.before, during: $0.during) }
        let shifts = pair.options.isPartOfAll ? [ofCount] : [ofShare, ofCount]
        for shift in shifts {
            let candidates = WideNetworks.candidates(values, total: total, shift: shift)
            if candidates.isEmpty { continue }
            let told = joining(candidates, values).standouts(among: candidates, chosenOf: shifts.count * values.count)
            if !told.isEmpty { return joining(told, values) }
        }
        return nil
    }

    private func joining(_ networks: [IPNetwork], _ values: [MergedValue]) -> Explainer {
        let joined = WindowPair(
            before: pair.before.joining(networks), during: pair.during.joining(networks), options: pair.options)
        var wider = Explainer(
            pair: joined, total: total, variation: Variation(ofTotal: totalDispersion, ofValues: standIn))
        wider.crowds = crowds(networks, values)
        return wider
    }

    /// How networks vary that join many: as these do on average, since bursts of a crowd do not grow with it as those of one value do,
    /// and all of it together by as much as is assumed of totals. Empty where no minutes tell.
    private func crowds(_ networks: [IPNetwork], _ values: [MergedValue]) -> [String: Dispersion] {
        let usual = candidates(values)
        let pool = pool(.clientNetwork, values, usual, series(.clientNetwork, values, usual))
        guard !pool.isAssumed else { return [:] }
        let members = Dictionary(grouping: values.indices) { place in
            IPNetwork(values[place].value).flatMap { network in networks.first { $0.holds(network) } }
        }
        let floor = pair.dispersionFloor(of: pair.counted)
        var crowds: [String: Dispersion] = [:]
        for network in networks {
            let places = members[network] ?? []
            var (sum, count, before, during) = (0.0, 0.0, 0.0, 0.0)
            for (place, series) in zip(places, series(.clientNetwork, values, places)) {
                let own = dispersion(values[place], series, pool)
                sum += own.factor * Double(values[place].both)
                count += Double(values[place].both)
                before += Double(values[place].before)
                during += Double(values[place].during)
            }
            guard count > 0 else { continue }
            let varying = Dispersion.Assumption(
                groupSize: sum / count / floor, rateDeviation: Dispersion.Assumption.ofTotals.rateDeviation)
            var crowd = varying.dispersion(before: before, during: during, floor: floor)
            crowd.degrees = pool.dispersion.degrees
            crowds[network.description] = crowd
        }
        return crowds
    }

    private func standouts(among networks: [IPNetwork], chosenOf count: Int) -> [IPNetwork] {
        let values = MergedValue.merge(pair, .clientNetwork)
        let bar = pair.options.falseDiscoveryRate / Double(max(1, count))
        // Of a sort of facts `ExcessRanking` tells whether a value has more of them than is its.
        let isPart = pair.options.isPartOfAll
        let names = Set(
            test(.clientNetwork, values, candidates(values)).lazy.filter { one in
                let isBeyondChance = one.pValue ?? 1 <= bar && (isPart || one.mixPValue <= bar)
                return isBeyondChance && (isPart ? one.passesGate : one.standsOut)
            }.map(\.value))
        return networks.filter { names.contains($0.description) }
    }
}
