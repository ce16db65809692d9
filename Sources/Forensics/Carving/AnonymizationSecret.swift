import ForensicsDecode
import Foundation

/// Where the secret of a carved file without names comes from.
public enum AnonymizationSecret: Sendable {
    /// Made for this file and kept nowhere: nothing links two files.
    case random
    /// The bytes of a file, without the line break at their end: in all files made with it the same addresses stand for the
    /// same ones.
    case file(String)

    /// A secret is no longer than this.
    private static let mostLength = 4_096

    /// - Throws: `ForensicsError` if the file cannot be read or is no secret.
    func key() throws(ForensicsError) -> AnonymizationKey {
        guard case .file(let path) = self else {
            return AnonymizationKey(secret: (0..<32).map { _ in UInt8.random(in: 0...255) })
        }
        var secret = try Self.read(path)
        while secret.last == 0x0A || secret.last == 0x0D { secret.removeLast() }
        guard secret.count <= Self.mostLength else {
            throw ForensicsError(
                .data,
                "\(path): is longer than \(Self.mostLength) bytes, so not taken for a secret; make one with `openssl rand -hex 32`."
            )
        }
        guard secret.count >= AnonymizationKey.leastLength else {
            throw ForensicsError(
                .data,
                "\(path): a secret of \(secret.count) bytes can be found by trying, and addresses with it; take "
                    + "\(AnonymizationKey.leastLength) or more: `openssl rand -hex 32 > \(path)`.")
        }
        return AnonymizationKey(secret: secret)
    }

    private static func read(_ path: String) throws(ForensicsError) -> [UInt8] {
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            var bytes: [UInt8] = []
            while bytes.count <= mostLength + 2, let data = try handle.read(upToCount: mostLength), !data.isEmpty {
                bytes += data
            }
            return bytes
        } catch {
            let code: ForensicsError.Code = FileManager.default.fileExists(atPath: path) ? .permission : .noInput
            throw ForensicsError(code, "\(path): the secret cannot be read; check the path and its permissions.")
        }
    }
}
