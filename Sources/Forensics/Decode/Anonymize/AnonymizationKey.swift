/// The secret behind a file without names: with the same one, the same addresses get the same replacements.
package struct AnonymizationKey: Sendable {
    /// The fewest bytes a secret must have not to be found by trying.
    package static let leastLength = 16

    private let secret: [UInt8]

    /// Takes a secret of any length.
    package init(secret: [UInt8]) {
        var digest = SHA256()
        digest.update(secret.span, 0..<secret.count)
        let bytes = digest.finish()
        self.secret = (0..<32).map { bytes[$0] }
    }

    /// The 32 bytes for one kind of what is replaced, so that nothing can be told across kinds.
    func bytes(for purpose: String) -> [UInt8] { HKDF.authenticate(key: secret, Array(purpose.utf8)) }
}
