import ForensicsDecode
import ForensicsIngest
import ForensicsStore
import Foundation

/// The SHA-256 of an input as it is stored.
enum FileDigest {
    /// Returns 64 hexadecimal digits.
    ///
    /// - Throws: `ForensicsError` if there is no such file any more, if it may not be read, or if it is not what was read into
    ///   the case: its digest would be taken for that of the evidence.
    static func sha256(of source: SourceRecord) throws(ForensicsError) -> String {
        let path = source.path
        let manager = FileManager.default
        guard
            let attributes = try? manager.attributesOfItem(
                atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
        else {
            throw ForensicsError(.noInput, "\(path): is not there any more; put it back for its SHA-256.")
        }
        // A pipe would wait for somebody to write.
        guard attributes[.type] as? FileAttributeType == .typeRegular else {
            throw ForensicsError(.data, "\(path): is no file any more; put the original back for its SHA-256.")
        }
        if let length = source.bytes, let size = attributes[.size] as? NSNumber, size.uint64Value != length {
            throw ForensicsError(
                .data,
                "\(path): has \(size.uint64Value) bytes, and had \(length) when it was read; put the original back for its "
                    + "SHA-256.")
        }
        guard manager.isReadableFile(atPath: path) else {
            throw ForensicsError(.permission, "\(path): may not be read for its SHA-256; run as a user who may.")
        }
        let stamp = FileStamp.of(path)
        try source.checkContent()
        let digest: String
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            digest = try sha256 {
                guard let data = try handle.read(upToCount: 1 << 20), !data.isEmpty else { return nil }
                return Array(data)
            }
        } catch {
            throw ForensicsError(
                .io, "\(path): cannot be read for its SHA-256 (\(error.localizedDescription)); check the disk.")
        }
        guard FileStamp.of(path) == stamp else {
            throw ForensicsError(.data, "\(path): changes while it is read for its SHA-256; ask again when it rests.")
        }
        return digest
    }

    /// Returns the digest of an object elsewhere, as long as it is the one that was read.
    static func sha256(_ object: RemoteObject, of storage: any ObjectStorage) throws -> String {
        var position: UInt64 = 0
        return try sha256 {
            let end = min(object.size, position + (8 << 20))
            defer { position = end }
            return position < end ? try storage.read(object, position..<end) : nil
        }
    }

    private static func sha256(_ next: () throws -> [UInt8]?) throws -> String {
        var hash = SHA256()
        while let bytes = try next() { hash.update(bytes.span, 0..<bytes.count) }
        let digest = hash.finish()
        return digest.indices.map { index in
            let text = String(digest[index], radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }
}
