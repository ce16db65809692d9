package import ForensicsModel

/// The texts that subjects name, over all batches.
///
/// Of each sort at most `limit`; further ones have no number. Clients can make up any number of paths and domains: those
/// take no room from the names of targets and load balancers.
package struct SubjectTexts: Sendable {
    /// What a text is used for.
    package enum Sort: Sendable {
        /// The domain or the path of a request.
        case request
        case name
    }

    /// Texts of each sort that have a number.
    package static let limit = 65_536
    /// Texts are cut here.
    package static let lengthLimit = 256

    private var table = TextTable()
    /// How many of the texts came as those of requests.
    private var requestCount = 0
    /// By `TextID` of the batch: the text's number, or 0.
    private var memo: [UInt32] = []

    package init() {}

    /// Makes ready for a batch.
    package mutating func begin(_ texts: TextTable) {
        if memo.count <= texts.count {
            memo = [UInt32](repeating: 0, count: texts.count + 1)
        } else {
            for index in memo.indices { memo[index] = 0 }
        }
    }

    /// Returns the number of a text of the batch: 0 for an absent one, `nil` where there is no room.
    package mutating func number(_ id: TextID, _ texts: TextTable, as sort: Sort) -> UInt32? {
        if id.isNone { return 0 }
        let known = memo[Int(id.rawValue)]
        if known != 0 { return known }
        guard let number = number(texts.bytes(id), as: sort) else { return nil }
        memo[Int(id.rawValue)] = number
        return number
    }

    /// Returns the number of a text, or `nil` where there is no room.
    package mutating func number(_ bytes: [UInt8], as sort: Sort) -> UInt32? {
        var text = EscapedBytes.string(Array(bytes.prefix(Self.lengthLimit)))
        if bytes.count > Self.lengthLimit { text += "…" }
        return number(kept: Array(text.utf8), as: sort)
    }

    /// Returns the number of a text that another log kept, or `nil` where there is no room.
    mutating func number(kept text: [UInt8], as sort: Sort) -> UInt32? {
        let known = table.find(text)
        if !known.isNone { return known.rawValue }
        guard (sort == .request ? requestCount : table.count - requestCount) < Self.limit else { return nil }
        if sort == .request { requestCount += 1 }
        return table.intern(text).rawValue
    }

    func write(to writer: inout NumberWriter) {
        writer.add(UInt64(table.count))
        for number in 0..<table.count { writer.add(table.bytes(TextID(rawValue: UInt32(number + 1)))) }
    }

    /// The text of a number; empty for 0 and for one that was never given.
    package func string(_ number: UInt32) -> String {
        number == 0 ? "" : table.string(TextID(rawValue: number)) ?? ""
    }
}
