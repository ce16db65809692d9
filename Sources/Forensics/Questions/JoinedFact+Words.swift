import ForensicsModel

/// What a record tells, in words.
extension JoinedFact {
    /// Fills in who, what and what became of it.
    func describe(_ entry: inout ExplainReport.Entry) {
        switch fact {
        case .request(let exchange): describe(exchange, &entry)
        case .connection(let connection): describe(connection, &entry)
        }
        entry.what = what
    }

    private func describe(_ exchange: Exchange, _ entry: inout ExplainReport.Entry) {
        entry.client = exchange.client.told
        if exchange.peer != exchange.client.address { entry.peer = exchange.peer.description }
        entry.server = exchange.target?.told
        entry.status = exchange.status.map { Int64($0) }
        entry.targetStatus = exchange.targetStatus.map { Int64($0) }
        entry.blame = exchange.blame.name
        entry.cause = exchange.cause.name
        entry.duration = exchange.totalTime ?? exchange.elapsed
        entry.bytesFromClient = exchange.bytesFromClient.map { Int64(clamping: $0) }
        entry.bytesFromServer = exchange.bytesFromServer.map { Int64(clamping: $0) }
        entry.isError = exchange.isError
        var words: [String] = []
        if exchange.flags.contains(.timedOut) { words.append("timed out") }
        if exchange.flags.contains(.aborted) { words.append("aborted") }
        if exchange.flags.contains(.undetermined) { words.append("undetermined") }
        if exchange.flags.contains(.secondLeg) { words.append("second leg") }
        if let reason { words.append(reason) }
        if words.isEmpty, exchange.status != nil { words.append("answered") }
        entry.outcome = words.isEmpty ? nil : words.joined(separator: ", ")
    }

    private func describe(_ connection: Connection, _ entry: inout ExplainReport.Entry) {
        entry.client = connection.client.told
        if connection.peer != connection.client.address { entry.peer = connection.peer.description }
        entry.server = connection.server.told
        entry.duration = connection.duration
        entry.bytesFromClient = connection.bytesFromClient.map { Int64(clamping: $0) }
        entry.bytesFromServer = connection.bytesFromServer.map { Int64(clamping: $0) }
        entry.isError = connection.isError
        var words: [String] = []
        if let state = connection.state.name { words.append(state) }
        if let history { words.append(history) }
        if let side = connection.resetBy.name { words.append("reset by \(side)") }
        if connection.flags.contains(.rejected) { words.append("rejected") }
        if connection.flags.contains(.tlsFailed) { words.append("TLS failed") }
        if connection.flags.contains(.undispatched) { words.append("no target") }
        if connection.role == .backend { words.append("shared by clients") }
        if let count = connection.retransmissions, count > 0 { words.append("\(count) retransmissions") }
        if let reason { words.append(reason) }
        entry.outcome = words.isEmpty ? nil : words.joined(separator: ", ")
    }
}
