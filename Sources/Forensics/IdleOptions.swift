/// Options that do nothing without another one.
///
/// Who writes an option wants what it does: one that can have no effect is refused, wherever it is given.
public enum IdleOptions {
    /// Refuses those that are given while what they need is not.
    ///
    /// - Parameters:
    ///   - options: each with its value as it was written; `nil` where it was not given.
    ///   - needed: what they need, as the user would write it.
    public static func refuse(
        _ options: [(name: String, value: String?)], without needed: String, unless isGiven: Bool
    ) throws(ForensicsError) {
        if isGiven { return }
        for (name, value) in options {
            guard let value else { continue }
            throw ForensicsError(.usage, "\(name) \(value): does nothing without \(needed); add that, or leave it out.")
        }
    }
}
