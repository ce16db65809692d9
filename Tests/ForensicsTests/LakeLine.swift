import Foundation
import Testing

/// A line with every field that AWS documents, field by field.
struct LakeLine: CustomTestStringConvertible, Sendable {
    var kind: String
    /// Fields that no line is without.
    var needed: Int
    /// Fields of an address and a port, which are two columns.
    var endpoints: Set<Int>
    var fields: [String]
    var testDescription: String { "\(kind): \(fields[0..<8].joined(separator: " "))" }

    /// What the first fields become: texts without quotes, an absent endpoint NULL.
    func values(_ count: Int) -> [String?] {
        var values: [String?] = []
        for (index, field) in fields.prefix(count).enumerated() {
            if !endpoints.contains(index) {
                // No field of an NLB's lines is quoted whole.
                let isQuoted = field.hasPrefix("\"") && kind != "nlb"
                values.append(isQuoted ? String(field.dropFirst().dropLast()) : field)
            } else if let colon = field.lastIndex(of: ":") {
                values += [String(field[..<colon]), String(field[field.index(after: colon)...])]
            } else {
                values += [nil, nil]
            }
        }
        return values
    }

    /// The groups of an expression; empty if it does not match.
    static func groups(_ regex: NSRegularExpression, _ line: String) -> [String?] {
        let all = NSRange(line.startIndex..., in: line)
        guard let match = regex.firstMatch(in: line, options: .anchored, range: all) else { return [] }
        return (1...regex.numberOfCaptureGroups).map { group in
            Range(match.range(at: group), in: line).map { String(line[$0]) }
        }
    }

    static let all = [
        alb("192.168.131.39:2817", "10.0.0.1:80", "200"), alb("2001:db8::7:50599", "fd00::face:ed83:f46:80", "200"),
        alb("192.168.131.39:2817", "-", "-"), alb("-", "-", "-"),
        LakeLine(
            kind: "alb-connection", needed: 7, endpoints: [],
            fields: [
                "2023-10-04T17:05:15.514108Z", "2001:db8::9", "36280", "443", "TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256",
                "4.036", "\"CN=amazondomains.com,O=endEntity,L=Seattle\"",
                "NotBefore=2023-09-21T22:43:21Z;NotAfter=2026-06-17T22:43:21Z", "FEF257372D5C14D4", "Success",
                "TID_3180a73013c8ca4bac2f731159d4b0fe", "x25519", "app/my-alb/50dc6c495c0c9188", "203.0.113.7",
            ]),
        nlb("72.21.218.154:51341", "172.100.100.185:443"), nlb("2001:db8::7:51341", "fd00::1:443"),
        nlb("72.21.218.154:51341", "-"),
        clb("192.168.131.39:2817", "10.0.0.1:80", "\"GET http://www.example.com:80/a b HTTP/1.1\""),
        clb("2001:db8::7:2817", "-", "\"- - - \""),
        flow("10.0.0.220", "OK"), flow("2001:db8::1", "SKIPDATA"), flow("-", "NODATA"),
    ]

    private static func alb(_ client: String, _ target: String, _ status: String) -> LakeLine {
        LakeLine(
            kind: "alb", needed: 12, endpoints: [3, 4],
            fields: [
                "https", "2018-07-02T22:23:00.186641Z", "app/my-alb/50dc6c495c0c9188", client, target, "0.086", "-1",
                "0.037", "502", status, "0", "57", "\"GET https://www.example.com:443/a?b=1;'c HTTP/1.1\"",
                #""say \x22hi\x22 \"x\"""#, "ECDHE-RSA-AES128-GCM-SHA256", "TLSv1.2",
                "arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067",
                "\"Root=1-58337262-36d228ad5d99923122bbe354\"", "\"www.example.com\"", "\"session-reused\"", "1",
                "2018-07-02T22:22:48.364000Z", "\"waf,forward\"", "\"-\"", "\"LambdaInvalidResponse\"",
                "\"10.0.0.1:80\"", "\"200\"", "\"Ambiguous\"", "\"EmptyHeader\"",
                "TID_1234abcd5678ef90aabbccddeeff0011",
                "\"-\"", "\"\"", "\"-\"", "203.0.113.7", "0x8", "\"-\"",
            ])
    }

    private static func nlb(_ client: String, _ destination: String) -> LakeLine {
        LakeLine(
            kind: "nlb", needed: 11, endpoints: [5, 6],
            fields: [
                "tls", "2.0", "2020-04-01T08:51:42", "net/my-network-loadbalancer/c6e77e28c25b2234", "g3d4b5e8bb8464cd",
                client, destination, "5", "-", "98", "246", "-", "arn:aws:acm:us-east-2:1:certificate/2a108f19", "-",
                "ECDHE-RSA-AES128-SHA", "tlsv12", "-", "caf%C3%A9.example.com", "h2", "h2", #""h2","http/1.1""#,
                "2020-04-01T08:51:20",
            ])
    }

    private static func clb(_ client: String, _ backend: String, _ request: String) -> LakeLine {
        LakeLine(
            kind: "clb", needed: 11, endpoints: [2, 3],
            fields: [
                "2015-05-13T23:39:43.945958Z", "my-loadbalancer", client, backend, "0.000086", "-1", "0.001337", "-",
                "-", "0", "57", request, "\"curl/7.38.0\"", "DHE-RSA-AES128-SHA", "TLSv1.2",
            ])
    }

    private static func flow(_ address: String, _ status: String) -> LakeLine {
        let head = ["5", "123456789012", "eni-0a1b2c3d4e5f", address, address, "44844", "443", "6", "10", "1000"]
        let custom = (15...54).map { "field\($0)" }
        return LakeLine(
            kind: "vpc-flow", needed: 14, endpoints: [],
            fields: head + ["1616729292", "1616729349", "ACCEPT", status] + custom)
    }
}
