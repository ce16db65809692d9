import ForensicsModel

/// The latest outcome of the health checks of each target by each checker. At most `limit` pairs; further ones are not
/// followed.
struct HealthStateTable: Sendable {
    static let limit = 65_536

    private struct Key: Hashable {
        var target: Subject
        var checker: IPAddress
    }

    private var healthy: [Key: Bool] = [:]

    /// Takes an outcome; returns whether it differs from the one before.
    mutating func changes(_ target: Subject, _ checker: IPAddress, isHealthy: Bool) -> Bool {
        let key = Key(target: target, checker: checker)
        if healthy[key] == nil, healthy.count >= Self.limit { return false }
        let before = healthy.updateValue(isHealthy, forKey: key)
        return before.map { $0 != isHealthy } ?? false
    }
}
