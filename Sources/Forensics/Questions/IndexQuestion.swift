import ForensicsStore

/// What `index` does: indexes for SQL of one's own, or their removal.
public struct IndexQuestion: Sendable {
    /// The case file.
    public var store: String

    /// Creates a question about a case.
    public init(store: String) { self.store = store }

    /// Makes the indexes anew.
    ///
    /// - Returns: the views that have them now, with their rows.
    public func build() throws(ForensicsError) -> [(view: String, rows: Int)] {
        do throws(StoreError) {
            let store = try CaseStore(path: store, access: .readWrite)
            defer { store.close() }
            return try store.makeIndexes().map { ($0.view.name, $0.rows) }
        } catch {
            throw ForensicsError(error)
        }
    }

    /// Removes the indexes and gives their space back to the case.
    public func remove() throws(ForensicsError) {
        do throws(StoreError) {
            // Opening a case for writing removes what may become stale.
            try CaseStore(path: store, access: .readWrite).close()
        } catch {
            throw ForensicsError(error)
        }
    }
}
