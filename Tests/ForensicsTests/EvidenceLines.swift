import Foundation

/// Lines of logs as AWS documents them, at seconds after 09:00 UTC on 2026-03-17.
enum EvidenceLines {
    static let origin = 1_773_738_000.0

    /// A time of so many seconds, with six decimals where there are to be any.
    static func stamp(_ seconds: Double, decimals: Bool = true) -> String {
        let micros = Int((seconds * 1e6).rounded())
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "UTC")
        formatter.dateFormat = "yyyy-MM-dd'T'HH:mm:ss"
        let whole = formatter.string(from: Date(timeIntervalSince1970: origin + Double(micros / 1_000_000)))
        return decimals ? whole + "." + String(String(1_000_000 + micros % 1_000_000).dropFirst()) + "Z" : whole
    }

    /// A window as `--before` takes it.
    static func window(_ seconds: Int, minutes: Int) -> String {
        "\(stamp(Double(seconds), decimals: false))Z/\(minutes)m"
    }

    /// A request of an ALB that was answered then; `trace` numbers the connection that it came on, `root` is its X-Amzn-Trace-Id,
    /// and `target` how many seconds it waited for the target.
    static func alb(
        _ seconds: Double, _ client: String, trace: Int, status: Int = 200,
        root: String = "Root=1-58337262-36d228ad5d99923122bbe354", target: String = "0.010"
    ) -> String {
        let trace = "TID_" + String(format: "%032x", trace)
        return
            "https \(stamp(seconds + 0.05)) app/shop/50dc6c495c0c9188 \(client):40000 10.0.0.1:443 0.001 \(target) 0.000 "
            + "\(status) \(status) 100 1000 \"GET https://shop.example:443/a HTTP/1.1\" \"curl/8\" TLS_AES_128_GCM_SHA256 TLSv1.3 - "
            + "\"\(root)\" \"shop.example\" \"-\" 0 \(stamp(seconds)) \"forward\" \"-\" \"-\" "
            + "\"10.0.0.1:443\" \"200\" \"-\" \"-\" \(trace) \"-\" \"-\" \"-\" 10.0.1.1 \"-\" \"-\""
    }

    /// A connection of an NLB that ended then.
    static func nlb(_ seconds: Double, _ client: String, milliseconds: Int) -> String {
        "tls 2.0 \(stamp(seconds, decimals: false)) net/edge/6f3c1a9be0d24c57 c1f0a4d27b9e6358 \(client):5000 "
            + "10.20.0.40:443 \(milliseconds) 5 100 200 - a - TLS_AES_128_GCM_SHA256 tlsv13 x25519 b.example h2 h2 - "
            + "\(stamp(seconds - Double(milliseconds) / 1000, decimals: false))"
    }

    static func clb(_ seconds: Double, _ client: String) -> String {
        "\(stamp(seconds)) classic \(client):5000 10.0.0.2:80 0.000 0.001 0.000 200 200 10 20 "
            + "\"GET http://www.example.com:80/ HTTP/1.1\" \"curl/8\" - -"
    }

    /// A connection that an ALB accepted then, or whose client certificate it refused for a reason.
    static func albConnection(_ seconds: Double, _ client: String, trace: Int, refused reason: String? = nil) -> String
    {
        let handshake = reason == nil ? "TLS_AES_128_GCM_SHA256 0.004" : "- -"
        return
            "\(stamp(seconds)) \(client) 4000 443 TLSv1.3 \(handshake) \"-\" - - \(reason.map { "Failed:\($0)" } ?? "Success") "
            + "TID_\(String(format: "%032x", trace)) x25519 app/shop/50dc6c495c0c9188 10.0.1.1"
    }

    /// One direction of a connection in a VPC flow log, of twenty seconds.
    static func flow(_ seconds: Double, _ client: String, port: Int) -> String {
        let start = Int(origin + seconds)
        return "2 1 eni-9 \(client) 10.0.0.77 \(port) 443 6 5 500 \(start) \(start + 20) ACCEPT OK"
    }

    static let flowHeader =
        "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
}

extension Folder {
    /// Writes lines in order of their text, which begins alike up to the time, into a file; its folder is made.
    @discardableResult
    func log(_ name: String, _ lines: [String], header: String? = nil) throws -> String {
        let file = path(name)
        try FileManager.default.createDirectory(
            at: URL(fileURLWithPath: file).deletingLastPathComponent(), withIntermediateDirectories: true)
        let text = ((header.map { [$0] } ?? []) + lines).joined(separator: "\n") + "\n"
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        return file
    }
}

/// The answer of a comparison.
struct ComparedAnswer {
    let run: Program.Result
    let members: [String: Any]

    init(_ arguments: [String]) throws {
        run = try Program.run(["compare", "--format", "json"] + arguments)
        members = LakeTools.json(run.output)
    }

    var sentence: String { members["sentence"] as? String ?? "" }
    var activeLong: [[String: Any]] { members["active_long"] as? [[String: Any]] ?? [] }
    var kind: String? { (members["question"] as? [String: Any])?["kind"] as? String }
    var vantage: String? { (members["question"] as? [String: Any])?["vantage"] as? String }
    /// Of the total.
    var ratio: Double? { ((members["total"] as? [String: Any])?["ratio"] as? [String: Any])?["value"] as? Double }
    var caveats: [String: String] {
        let list = members["caveats"] as? [[String: String]] ?? []
        return Dictionary(list.map { ($0["code"] ?? "", $0["text"] ?? "") }, uniquingKeysWith: { first, _ in first })
    }

    func exposure(_ window: String) -> Double? {
        ((members["windows"] as? [String: [String: Any]])?[window])?["exposure_seconds"] as? Double
    }
}
