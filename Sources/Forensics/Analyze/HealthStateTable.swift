import ForensicsModel

/// The latest outcome of the health checks of each target by each checker. At most `limit` pairs; further ones are not
/// followed.
///
/// Packets tell the checker by its address, logs by the name of the load balancer's node. A target in two groups is checked
/// for each, maybe otherwise.
struct HealthStateTable: Sendable {
    static let limit = 65_536

    /// Who checks whom, for whom.
    struct Key: Hashable {
        var target: Subject
        var checker: IPAddress
        /// Numbers of `SubjectTexts`.
        var node: UInt32
        var targetGroup: UInt32
    }

    private struct State {
        /// The first check, which may differ from the last of the log before; `nil` where logs were joined.
        var first: Sighting?
        var wasHealthy: Bool
        var isHealthy: Bool
        /// Of the latest check.
        var time: Timestamp
    }

    private var states: [Key: State] = [:]

    /// Takes an outcome; returns whether it differs from the one before. One that is older than the latest changes nothing:
    /// rows of a log come in no promised order.
    ///
    /// - Parameter first: tells of the check, in case that it is the first.
    mutating func changes(_ key: Key, isHealthy: Bool, at time: Timestamp, first: Sighting? = nil) -> Bool {
        if let index = states.index(forKey: key) {
            if time < states.values[index].time { return false }
            states.values[index].time = time
            let before = states.values[index].isHealthy
            states.values[index].isHealthy = isHealthy
            return before != isHealthy
        }
        guard states.count < Self.limit else { return false }
        states[key] = State(first: first, wasHealthy: isHealthy, isHealthy: isHealthy, time: time)
        return false
    }

    func write(to writer: inout NumberWriter) {
        let known = states.filter { $0.value.first != nil }.sorted { Self.precedes($0.key, $1.key) }
        writer.add(UInt64(known.count))
        for (key, state) in known {
            writer.add(key)
            writer.add((state.wasHealthy ? 1 : 0) | (state.isHealthy ? 2 : 0))
            writer.add(state.time)
            if let first = state.first { Episode(first).write(to: &writer) }
        }
    }

    static func precedes(_ left: Key, _ right: Key) -> Bool {
        if left.target != right.target { return Subject.precedes(left.target, right.target) }
        return (left.checker.high, left.checker.low, left.node, left.targetGroup)
            < (right.checker.high, right.checker.low, right.node, right.targetGroup)
    }
}

extension NumberWriter {
    mutating func add(_ key: HealthStateTable.Key) {
        add(UInt64(key.target.form.rawValue))
        add(key.target)
        add(key.checker)
        add(UInt64(key.node))
        add(UInt64(key.targetGroup))
    }
}
