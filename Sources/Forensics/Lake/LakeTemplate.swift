/// A statement of `Queries/lake` with its `{{name}}` places.
struct LakeTemplate: Sendable {
    /// The head of comments, without their dashes.
    let head: [String]
    let body: String

    init(_ bytes: [UInt8]) {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let comments = lines.prefix { $0.hasPrefix("--") }
        head = comments.map { String($0.dropFirst(3)) }
        var rest = lines.dropFirst(comments.count)
        while rest.last?.isEmpty == true { rest.removeLast() }
        body = rest.joined(separator: "\n")
    }

    /// What the head says under a name.
    func comment(_ name: String) -> String? {
        head.first { $0.hasPrefix("\(name): ") }.map { String($0.dropFirst(name.count + 2)) }
    }

    /// Returns the statement with every place filled.
    ///
    /// What fills a place is never searched for places again. A place without a value is an error of ours, and stays to
    /// be seen.
    func filled(_ values: [String: String]) -> String {
        var out = ""
        var rest = Substring(body)
        while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}") {
            let name = String(rest[open.upperBound..<close.lowerBound])
            out += rest[..<open.lowerBound]
            out += values[name] ?? "{{\(name)}}"
            rest = rest[close.upperBound...]
        }
        return out + rest
    }
}
