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

    /// Adds all of a client; of those that are not kept apart, whose addresses are not known, with `nil`.
    package mutating func add(
        _ client: IPAddress?, _ activity: Activity, _ series: [WindowAggregate.SeriesPoint]
    ) {
        add(network: client.map { IPNetwork(around: $0).address }, of: client, activity, series)
    }

    /// Adds all of the clients of a network that are not kept apart. Whose they are is not known: networks of owners may be smaller.
    mutating func add(network: IPAddress?, _ activity: Activity, _ series: [WindowAggregate.SeriesPoint]) {
        add(network: network, of: nil, activity, series)
    }

    private mutating func add(
        network: IPAddress?, of client: IPAddress?, _ activity: Activity, _ series: [WindowAggregate.SeriesPoint]
    ) {
        if includesNetworks {
            let ordinal =
                network.map { values.ordinal($0, .clientNetwork) } ?? values.other(Dimension.clientNetwork.rawValue)
            table.add(ordinal, activity, series)
        }
        if !owners.isEmpty {
            if client == nil {
                table.add(values.other(Dimension.owner.rawValue), activity, series)
            } else if let owner = client.flatMap({ owners.owner(of: $0) }) {
                table.add(values.ordinal(owner, .owner), activity, series)
            }
        }
        for entry in derive {
            if let address = client ?? network {
                guard let name = entry.name(address) else { continue }
                table.add(values.ordinal(name, entry.dimension), activity, series)
            } else {
                table.add(values.other(entry.dimension.rawValue), activity, series)
            }
        }
    }

    package func fill(_ result: inout WindowAggregate) {
        let series = table.series(count: values.count)
        var scratch: [UInt8] = []
        for ordinal in 0..<UInt32(values.count) {
            guard let dimension = Dimension(rawValue: values.dimension(of: ordinal)) else { continue }
            var name = values.string(ordinal, scratch: &scratch)
            if dimension == .clientNetwork, let address = values.address(ordinal) {
                name = IPNetwork(around: address).description
            }
            result.dimensions[dimension, default: []].append(
                WindowAggregate.DimensionValue(
                    value: name, activity: table.activity(ordinal), series: series[Int(ordinal)]))
        }
    }
}
