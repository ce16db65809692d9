package import ForensicsModel

/// Some connections that a stitcher gave out, half as long as the facts that they become: those are made where they are
/// counted.
package struct StitchedFlows: Sendable {
    private var flows: [StitchedFlow] = []
    var texts = TextTable()

    package init() {}

    mutating func removeAll() {
        flows.removeAll(keepingCapacity: true)
        texts.removeAll()
    }

    @inline(__always)
    mutating func append(
        _ flow: StitchedFlow, _ servers: borrowing FlowServers, errorReason: TextID, details: TextID, node: TextID,
        isRepeated: Bool
    ) {
        flows.append(flow)
        flows[flows.count - 1].decideClient(servers)
        flows[flows.count - 1].close(errorReason: errorReason, details: details, node: node, isRepeated: isRepeated)
    }

    /// Replaces what a batch holds by the connections.
    package mutating func move(into batch: inout FactBatch) {
        batch.removeFacts()
        swap(&batch.texts, &texts)
        for index in flows.indices { batch.connections.append(flows[index].connection) }
    }
}
