import ForensicsDecode
import ForensicsModel

/// The names of a server's certificate as a JSON object: the common name, then the alternative ones.
enum CertificateDetails {
    /// Names and bytes kept; certificates of content networks hold hundreds.
    private static let nameLimit = 16
    private static let byteLimit = 1_024

    /// Returns `{"certificate_names":"a.example,b.example"}`, or `nil` where the certificate names nothing.
    static func json(_ names: TLSCertificateNames, _ bytes: Span<UInt8>) -> [UInt8]? {
        var list: [UInt8] = []
        append(bytes, names.commonName, to: &list)
        var rest = names.alternateNames
        var count = 1
        while count < nameLimit, let name = TLSCertificateNames.nextDNSName(bytes, &rest) {
            if isSame(bytes, name, names.commonName) { continue }
            append(bytes, name, to: &list)
            count += 1
        }
        if list.isEmpty { return nil }
        var json = Array("{\"certificate_names\":".utf8)
        JSONText.append(list.span, 0..<list.count, to: &json)
        json.append(0x7D)
        return json
    }

    private static func isSame(_ bytes: Span<UInt8>, _ left: Range<Int>, _ right: Range<Int>) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { bytes[$0] == bytes[$1] }
    }

    /// Appends a name whole or not at all; bytes that are not printable are written as `\xHH`.
    private static func append(_ bytes: Span<UInt8>, _ name: Range<Int>, to list: inout [UInt8]) {
        guard !name.isEmpty, name.count + list.count < byteLimit else { return }
        if !list.isEmpty { list.append(0x2C) }
        for index in name {
            let byte = bytes[index]
            if (0x20...0x7E).contains(byte) {
                list.append(byte)
            } else {
                let digits = Array(String(byte, radix: 16).utf8)
                list += [0x5C, 0x78] + (digits.count == 1 ? [0x30] : []) + digits
            }
        }
    }
}
