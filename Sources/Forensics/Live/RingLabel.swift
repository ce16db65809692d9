/// What a file of `capture --ring` says of itself: whose packets it holds, and the number of its first.
///
/// A case knows the packets already that `capture --store` analyzed while it kept them.
struct RingLabel: Equatable {
    /// The live source's path in the case, such as `live:eth0-1773739200`.
    var source: String
    /// The number of the file's first packet within that source.
    var firstRecord: UInt32

    private static let prefix = "lbforensics ring of "

    init(source: String, firstRecord: UInt32) {
        self.source = source
        self.firstRecord = firstRecord
    }

    /// Reads the comment of a section; `nil` if it is no such file.
    init?(comment: String?) {
        guard let comment, comment.hasPrefix(Self.prefix) else { return nil }
        let words = comment.dropFirst(Self.prefix.count).split(separator: " ")
        guard words.count == 4, words[1] == "from", words[2] == "packet", let record = UInt32(words[3]), record > 0
        else { return nil }
        source = String(words[0])
        firstRecord = record
    }

    /// As it stands in the file.
    var comment: String { "\(Self.prefix)\(source) from packet \(firstRecord)" }
}
