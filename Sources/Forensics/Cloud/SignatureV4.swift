#if Cloud
    import Crypto
    import Foundation

    /// AWS Signature Version 4: the headers that make a request the caller's own.
    ///
    /// AWS IAM User Guide, "Create a signed AWS API request". Tested against AWS's published vectors and botocore.
    package struct SignatureV4: Sendable {
        package let credentials: AWSCredentials
        package let region: String
        /// The signing name: `s3`, `monitoring`, `logs`, `sns`, `athena`.
        package let service: String

        package init(credentials: AWSCredentials, region: String, service: String) {
            self.credentials = credentials
            self.region = region
            self.service = service
        }

        /// A request as it will be sent; the path is not percent-encoded yet.
        package struct Request: Sendable {
            package var method: String
            package var path: String
            /// Decoded names and values, in any order.
            package var query: [(name: String, value: String)]
            package var headers: [(name: String, value: String)]
            package var body: [UInt8]

            package init(
                method: String, path: String, query: [(name: String, value: String)] = [],
                headers: [(name: String, value: String)], body: [UInt8] = []
            ) {
                self.method = method
                self.path = path
                self.query = query
                self.headers = headers
                self.body = body
            }
        }

        /// Returns the request's headers with `x-amz-date`, the token and `authorization` added.
        ///
        /// - Parameters:
        ///   - request: must hold `host`.
        ///   - time: seconds since 1970.
        package func sign(_ request: Request, at time: Int64) -> [(name: String, value: String)] {
            let stamp = Self.stamp(time)
            var headers = request.headers
            headers.append(("x-amz-date", stamp))
            if let token = credentials.sessionToken { headers.append(("x-amz-security-token", token)) }
            let digest = Self.hexadecimal(SHA256.hash(data: request.body))
            if service == "s3" { headers.append(("x-amz-content-sha256", digest)) }
            let (canonical, signed) = canonicalRequest(request, headers: headers, digest: digest)
            let scope = "\(stamp.prefix(8))/\(region)/\(service)/aws4_request"
            let toSign = [
                "AWS4-HMAC-SHA256", stamp, scope, Self.hexadecimal(SHA256.hash(data: Array(canonical.utf8))),
            ].joined(separator: "\n")
            let signature = Self.hexadecimal(
                HMAC<SHA256>.authenticationCode(
                    for: Array(toSign.utf8), using: signingKey(day: String(stamp.prefix(8)))))
            headers.append(
                (
                    "authorization",
                    "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope), SignedHeaders=\(signed), "
                        + "Signature=\(signature)"
                ))
            return headers
        }

        /// The canonical request and the list of signed headers.
        package func canonicalRequest(
            _ request: Request, headers: [(name: String, value: String)], digest: String
        ) -> (text: String, signedHeaders: String) {
            let unsigned: Set<String> = [
                "connection", "x-amzn-trace-id", "user-agent", "keep-alive", "transfer-encoding", "te", "trailer",
                "upgrade", "expect", "authorization", "proxy-authorization",
            ]
            var merged: [String: [String]] = [:]
            for (name, value) in headers {
                let lower = name.lowercased()
                if unsigned.contains(lower) { continue }
                let folded = value.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
                merged[lower, default: []].append(folded)
            }
            let names = merged.keys.sorted()
            let lines = names.map { "\($0):\((merged[$0] ?? []).joined(separator: ","))\n" }.joined()
            let signed = names.joined(separator: ";")
            // S3 encodes the path once and leaves it as it is; every other service removes dot segments and encodes it again.
            let path =
                service == "s3"
                ? Self.encode(request.path, keepsSlash: true)
                : Self.encode(Self.encode(Self.normalized(request.path), keepsSlash: true), keepsSlash: true)
            let text = [
                request.method, path.isEmpty ? "/" : path, Self.queryString(request.query), lines, signed, digest,
            ].joined(separator: "\n")
            return (text, signed)
        }

        /// The path without `.`, `..` and empty segments. RFC 3986, section 5.2.4.
        package static func normalized(_ path: String) -> String {
            var kept: [Substring] = []
            for part in path.split(separator: "/") where part != "." {
                if part == ".." { _ = kept.popLast() } else { kept.append(part) }
            }
            let isFolder = path.hasSuffix("/") || path.hasSuffix("/.") || path.hasSuffix("/..")
            return "/" + kept.joined(separator: "/") + (isFolder && !kept.isEmpty ? "/" : "")
        }

        /// The query string, encoded and sorted by name, then by value, as it must also be sent.
        package static func queryString(_ query: [(name: String, value: String)]) -> String {
            query.map { (name: encode($0.name, keepsSlash: false), value: encode($0.value, keepsSlash: false)) }
                .sorted { left, right in
                    let names = (Array(left.name.utf8), Array(right.name.utf8))
                    if names.0 != names.1 { return names.0.lexicographicallyPrecedes(names.1) }
                    return Array(left.value.utf8).lexicographicallyPrecedes(Array(right.value.utf8))
                }.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        }

        /// Percent-encodes all but the unreserved characters of RFC 3986, with upper-case digits.
        package static func encode(_ text: String, keepsSlash: Bool) -> String {
            let digits = Array("0123456789ABCDEF".utf8)
            var out: [UInt8] = []
            for byte in text.utf8 {
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: out.append(byte)
                case 0x2F where keepsSlash: out.append(byte)
                default: out += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
                }
            }
            return String(decoding: out, as: UTF8.self)
        }

        private func signingKey(day: String) -> SymmetricKey {
            var key = SymmetricKey(data: Array("AWS4\(credentials.secretAccessKey)".utf8))
            for part in [day, region, service, "aws4_request"] {
                key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
            }
            return key
        }

        /// `YYYYMMDD'T'HHMMSS'Z'`.
        package static func stamp(_ time: Int64) -> String {
            var calendar = Calendar(identifier: .gregorian)
            calendar.timeZone = .gmt
            let parts = calendar.dateComponents(
                [.year, .month, .day, .hour, .minute, .second], from: Date(timeIntervalSince1970: Double(time)))
            return String(
                format: "%04d%02d%02dT%02d%02d%02dZ", parts.year ?? 0, parts.month ?? 0, parts.day ?? 0,
                parts.hour ?? 0,
                parts.minute ?? 0, parts.second ?? 0)
        }

        private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
            let digits = Array("0123456789abcdef".utf8)
            return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
        }
    }
#endif
