import ForensicsIngest
import ForensicsStore

extension SourceRecord {
    /// Refuses an original that is not what was read into the case any more, by the key of its decoded content.
    ///
    /// - Parameter key: the content's as it is now. A source of which nothing was read has none to compare with.
    func checkContent(_ key: String?) throws(ForensicsError) {
        guard contentKey == nil || contentKey == key else {
            throw ForensicsError(
                .data, "\(path): is not the file that was read into the case; put the original back.")
        }
    }

    /// Reads all of the original once and refuses it if it is not what was read into the case any more.
    func checkContent() throws(ForensicsError) {
        // AWS's marker object is known by its name.
        if contentKey == nil || contentKey == TestObject.contentKey { return }
        let content: HeldContent
        do throws(IngestError) {
            content = try HeldContent(path: path, origin: .file, sources: [], beginnings: [:])
        } catch {
            throw ForensicsError(error)
        }
        try checkContent(content.key)
    }
}
