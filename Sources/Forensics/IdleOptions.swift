/// Options that do nothing without another one.
///
/// Who writes an option wants what it does: one that can have no effect is refused, wherever it is given.
public enum IdleOptions {
    /// Refuses those that are given while what they need is not.
    ///
    /// - Parameters:
    ///   - options: each with its value as it was written; empty where it takes none, `nil` where it was not given.
    ///   - needed: what they need, as the user would write it.
    public static func refuse(
        _ options: [(name: String, value: String?)], without needed: String, unless isGiven: Bool
    ) throws(ForensicsError) {
        if isGiven { return }
        for (name, value) in options {
            guard let value else { continue }
            let given = value.isEmpty ? name : "\(name) \(value)"
            throw ForensicsError(.usage, "\(given): does nothing without \(needed); add that, or leave it out.")
        }
    }
}
