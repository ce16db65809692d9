import ForensicsModel
import ForensicsStore

extension CaseSession {
    /// What a flow of the sample holds of a window.
    private struct FlowContent {
        var connections = 0.0
        var requests = 0.0
        var bytes = 0.0
    }

    /// How far the counts of a sampled group can be trusted in a window; `nil` where every flow was kept.
    ///
    /// A flow is two addresses and two ports, as for the sampling: connections that use the same ports one after another
    /// are kept or lost together. Without all rows nobody knows which connections those are, nor whose the requests are.
    func samplingError(of group: EvidenceGroup, in window: TimeWindow) throws(ForensicsError) -> SamplingError? {
        guard group.sampleRate > 1 else { return nil }
        guard rows(of: group) == .all else {
            return SamplingError(rate: group.sampleRate, connections: .even, requests: nil)
        }
        var places: [FlowKey: Int] = [:]
        var placeOfConnection: [FactID: Int] = [:]
        var flows: [FlowContent] = []
        try reading {
            // Also those that ended outside of the window: requests inside may be theirs.
            try store.scanConnections(FactScan(sources: group.sources)) { batch in
                for connection in batch.connections {
                    let key = FlowKey(
                        source: connection.client, destination: connection.server, transport: .tcp, label: 0)
                    let place = places[key] ?? flows.count
                    if place == flows.count {
                        places[key] = place
                        flows.append(FlowContent())
                    }
                    placeOfConnection[connection.id] = place
                    if !connection.isHealthCheck, window.contains(connection.end) {
                        flows[place].connections += 1
                        flows[place].bytes += Double(connection.bytesTotal)
                    }
                }
                return true
            }
            try store.scanRequests(FactScan(window: window, sources: group.sources)) { batch in
                for exchange in batch.exchanges where !exchange.isHealthCheck {
                    if let place = exchange.connection.flatMap({ placeOfConnection[$0] }) {
                        flows[place].requests += 1
                    } else {
                        flows.append(FlowContent(requests: 1))
                    }
                }
                return true
            }
        }
        var error = SamplingError(rate: group.sampleRate, connections: SamplingError.Spread(), requests: nil)
        var requests = SamplingError.Spread()
        var bytes = SamplingError.Spread()
        for flow in flows {
            if flow.connections > 0 { error.connections.note(flow.connections) }
            if flow.requests > 0 { requests.note(flow.requests) }
            if flow.bytes > 0 { bytes.note(flow.bytes) }
        }
        error.requests = requests
        error.bytes = bytes
        return error
    }
}
