#if Cloud
    /// An `s3://bucket/prefix`.
    package struct S3Location: Sendable, Equatable, CustomStringConvertible {
        package var bucket: String
        /// A key or the beginning of keys; may be empty.
        package var key: String

        /// Reads a URL; `nil` if it is none or the bucket's name breaks S3's rules (3 to 63 of `a-z0-9.-`).
        package init?(_ text: String) {
            guard text.hasPrefix("s3://") else { return nil }
            let rest = text.dropFirst(5)
            let slash = rest.firstIndex(of: "/") ?? rest.endIndex
            bucket = String(rest[..<slash])
            key = slash == rest.endIndex ? "" : String(rest[rest.index(after: slash)...])
            let allowed = bucket.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x2E
            }
            guard (3...63).contains(bucket.utf8.count), allowed else { return nil }
        }

        package init(bucket: String, key: String) {
            self.bucket = bucket
            self.key = key
        }

        package var description: String { "s3://\(bucket)/\(key)" }
    }
#endif
