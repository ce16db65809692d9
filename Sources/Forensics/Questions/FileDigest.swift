import ForensicsDecode
import Foundation

/// The SHA-256 of a file as it lies on disk.
enum FileDigest {
    /// Returns 64 hexadecimal digits.
    static func sha256(path: String) throws -> String {
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? handle.close() }
        var hash = SHA256()
        while let data = try handle.read(upToCount: 1 << 20), !data.isEmpty {
            let bytes = Array(data)
            hash.update(bytes.span, 0..<bytes.count)
        }
        let digest = hash.finish()
        return digest.indices.map { index in
            let text = String(digest[index], radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }
}
