/// Dimensions that follow from the client's address: its network, its owner, and what else is asked for.
package struct DerivedDimensions {
    private var values = ValueTable(seed: 0)
    private var table: ValueSeriesTable
    private let includesNetworks: Bool
    private let owners: OwnerTable
    private let derive: [(dimension: Dimension, name: (IPAddress) -> String?)]

    package init(
        _ measure: RankMeasure, _ owners: OwnerTable, _ derive: [Dimension: (IPAddress) -> String?],
        includesNetworks: Bool
    ) {
        table = ValueSeriesTable(measure: measure)
        self.owners = owners
        self.includesNetworks = includesNetworks
        self.derive = derive.map { ($0.key, $0.value) }.sorted { $0.dimension < $1.dimension }
    }

    /// Adds all of a client.
    package mutating func add(_ client: IPAddress, _ activity: Activity, _ series: [WindowAggregate.SeriesPoint]) {
        if includesNetworks {
            let network = IPNetwork(client, length: client.isV4 ? 24 : 48)
            let key = network.address
            table.add(values.ordinal(key, .clientNetwork), activity, series)
        }
        if !owners.isEmpty, let owner = owners.owner(of: client) {
            table.add(values.ordinal(owner, .owner), activity, series)
        }
        for entry in derive {
            guard let name = entry.name(client) else { continue }
            table.add(values.ordinal(name, entry.dimension), activity, series)
        }
    }

    package func fill(_ result: inout WindowAggregate) {
        let series = table.series(count: values.count)
        var scratch: [UInt8] = []
        for ordinal in 0..<UInt32(values.count) {
            guard let dimension = Dimension(rawValue: values.dimension(of: ordinal)) else { continue }
            var name = values.string(ordinal, scratch: &scratch)
            if dimension == .clientNetwork, let address = values.address(ordinal) {
                name = IPNetwork(address, length: address.isV4 ? 24 : 48).description
            }
            result.dimensions[dimension, default: []].append(
                WindowAggregate.DimensionValue(
                    value: name, activity: table.activity(ordinal), series: series[Int(ordinal)]))
        }
    }
}
