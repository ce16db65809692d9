import ForensicsDecode
import Foundation

/// The SHA-256 of an input as it is stored.
enum FileDigest {
    /// Returns 64 hexadecimal digits.
    static func sha256(path: String) throws -> String {
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? handle.close() }
        return try sha256 {
            guard let data = try handle.read(upToCount: 1 << 20), !data.isEmpty else { return nil }
            return Array(data)
        }
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
