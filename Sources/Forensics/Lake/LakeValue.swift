import ForensicsModel

/// Turns a dimension's text, as the log writes it, into what a case prints for it.
enum LakeValue {
    static func canonical(_ text: String, _ dimension: Dimension, _ log: LakeLog) -> String {
        switch dimension {
        case .client: IPAddress(text)?.description ?? text
        case .target: endpoint(text) ?? text
        case .targetPort: UInt16(text).map { String($0) } ?? text
        case .tlsVersion: tlsVersion(text)
        case .targetGroup: targetGroup(text)
        case .domain: folded(log == .nlb ? decoded(text, mark: "%", skip: 1) : decoded(text, mark: "\\x", skip: 2))
        default: text
        }
    }

    /// An endpoint is split at the last colon; IPv6 stands without brackets in AWS's logs.
    private static func endpoint(_ text: String) -> String? {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]),
            let address = IPAddress(String(text[..<colon]))
        else { return nil }
        return Endpoint(address, port).description
    }

    /// NLB logs write `tlsv12` where ALB logs write `TLSv1.2`.
    private static func tlsVersion(_ text: String) -> String {
        switch text {
        case "tlsv10", "TLSv1.0": "TLSv1"
        case "tlsv11": "TLSv1.1"
        case "tlsv12": "TLSv1.2"
        case "tlsv13": "TLSv1.3"
        default: text
        }
    }

    /// `arn:…:targetgroup/name/id`: what stands past five colons.
    private static func targetGroup(_ text: String) -> String {
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[5].hasPrefix("targetgroup/") else { return text }
        return String(parts[5])
    }

    /// ASCII letters in lower case: names in any case are one name.
    private static func folded(_ name: String) -> String {
        String(decoding: name.utf8.map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    /// Undoes `\xHH` or `%HH`; a text with a cut escape stays as it is.
    private static func decoded(_ text: String, mark: String, skip: Int) -> String {
        guard text.contains(mark) else { return text }
        let bytes = Array(text.utf8)
        let first = Array(mark.utf8)
        var out: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index...].starts(with: first) else {
                out.append(bytes[index])
                index += 1
                continue
            }
            guard index + skip + 2 <= bytes.count,
                let value = UInt8(
                    String(decoding: bytes[(index + skip)..<(index + skip + 2)], as: UTF8.self), radix: 16)
            else { return text }
            out.append(value)
            index += skip + 2
        }
        return String(decoding: out, as: UTF8.self)
    }
}
