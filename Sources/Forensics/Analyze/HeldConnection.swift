import ForensicsModel

/// A connection that waits for its nature to be decided, with texts of its own, as the batch that it came in is gone by then.
struct HeldConnection: Sendable {
    private var connection: Connection
    /// Text `i` of the connection is at `i - 1`.
    private var texts: [[UInt8]] = []
    /// What kind of health check it is, once it is one.
    var probe: HealthCheck.Probe?

    init(_ connection: Connection, _ texts: TextTable) {
        self.connection = connection
        self.connection.mapTexts { id in
            if id.isNone { return id }
            self.texts.append(texts.bytes(id))
            return TextID(rawValue: UInt32(truncatingIfNeeded: self.texts.count))
        }
    }

    /// Returns the connection with its texts in another table, marked if it is a health check.
    func moved(to texts: inout TextTable) -> Connection {
        var moved = connection
        moved.mapTexts { id in id.isNone ? id : texts.intern(self.texts[Int(id.rawValue) - 1]) }
        if probe != nil { moved.flags.insert(.healthCheck) }
        return moved
    }
}

extension Connection {
    /// Replaces every text by what `map` gives for it.
    fileprivate mutating func mapTexts(_ map: (TextID) -> TextID) {
        loadBalancer = map(loadBalancer)
        node = map(node)
        domain = map(domain)
        history = map(history)
        tlsCipher = map(tlsCipher)
        alpn = map(alpn)
        ja4 = map(ja4)
        errorReason = map(errorReason)
        tunnel = map(tunnel)
        details = map(details)
    }
}
