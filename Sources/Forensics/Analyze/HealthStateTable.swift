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

    private var healthy: [Key: Bool] = [:]

    /// Takes an outcome; returns whether it differs from the one before.
    mutating func changes(_ key: Key, isHealthy: Bool) -> Bool {
        if healthy[key] == nil, healthy.count >= Self.limit { return false }
        let before = healthy.updateValue(isHealthy, forKey: key)
        return before.map { $0 != isHealthy } ?? false
    }
}
