import ForensicsStore

/// Makes room for units in the case; may be used by several threads.
struct UnitOpener: Sendable {
    let store: CaseStore
    let options: IngestOptions

    /// Removes what an earlier attempt left of the unit, and makes room for it.
    func begin(_ unit: PlannedUnit) throws(StoreError) -> UnitHandle { try begin([unit])[0] }

    /// Makes room for some units at once.
    func begin(_ units: [PlannedUnit]) throws(StoreError) -> [UnitHandle] {
        try store.beginUnits(
            units.map { unit in
                let sources = zip(unit.paths, unit.storedLengths).map {
                    SourceDescription(path: $0, bytes: $1, sampleRate: unit.kind.isCapture ? options.sample.rate : 1)
                }
                var description = UnitDescription(
                    key: unit.key, kind: unit.kind, vantage: unit.vantage, options: options.fingerprint,
                    sources: sources)
                description.replaced = unit.replaced
                return description
            })
    }
}
