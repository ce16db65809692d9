import ForensicsDecode
import ForensicsModel
import Testing

@Suite struct LogsTokenizerTests {
    private struct Case: Sendable {
        var line: String
        var fields: [String]
        var isBalanced = true
    }

    private static let cases: [Case] = [
        Case(line: "a b c", fields: ["a", "b", "c"]),
        Case(line: "a  b   ", fields: ["a", "b"]),
        Case(line: "  a", fields: ["a"]),
        Case(line: "\"a b\" c", fields: ["a b", "c"]),
        Case(line: "\"\" \"-\" -", fields: ["", "-", "-"]),
        Case(line: "\"- - - \" \"-\"", fields: ["- - - ", "-"]),
        Case(line: "\"h2\",\"http/1.1\" x", fields: ["h2\",\"http/1.1", "x"]),
        Case(line: "a\"b c\" d", fields: ["a\"b", "c\"", "d"]),
        Case(line: "\"a \\\"b\\\" c\" d", fields: ["a \\\"b\\\" c", "d"]),
        Case(line: "\"a \\x22b\" d", fields: ["a \\x22b", "d"]),
        // A backslash that ends a text takes no quote with it, if that would leave one open.
        Case(line: "\"ends \\\" \"next\"", fields: ["ends \\", "next"]),
        Case(line: "\"a \\\\\" b", fields: ["a \\\\", "b"]),
        Case(line: "\"open a b", fields: ["open a b"], isBalanced: false),
        Case(line: "a \"", fields: ["a", ""], isBalanced: false),
        Case(line: "a b\r", fields: ["a", "b"]),
        Case(line: "a b\r\r", fields: ["a", "b"]),
        Case(line: "a\tb\u{0}c d", fields: ["a\tb\u{0}c", "d"]),
        Case(line: "é \"日本\"", fields: ["é", "日本"]),
    ]

    @Test(arguments: cases.indices)
    func `fields end at spaces outside quotes`(_ index: Int) {
        let example = Self.cases[index]
        for ending in ["", "\n", "\r\n", "\nnext line \"x\""] {
            let bytes = Array((example.line + ending).utf8)
            var line = LogTokenizer()
            let outcome = line.scan(bytes.span, from: 0)
            let fields = (0..<line.count).map { String(decoding: bytes[line[$0]], as: UTF8.self) }
            if example.isBalanced { #expect(fields == example.fields) }
            #expect(outcome == (example.isBalanced ? .fields : .unbalancedQuotes))
            #expect(line.next == (ending.hasPrefix("\nnext") ? example.line.utf8.count + 1 : bytes.count))
        }
    }

    /// Every part of a line as a tokenizer tells it.
    private func description(_ line: LogTokenizer, _ outcome: LogTokenizer.Outcome, _ bytes: [UInt8]) -> String {
        let fields = (0..<LogTokenizer.capacity + 1).map { String(decoding: bytes[line[$0]], as: UTF8.self) }
        return "\(outcome) \(line.count) \(fields) \(line.lineStart) \(line.lineEnd) \(line.tailStart) \(line.next)"
    }

    @Test(arguments: [UInt64](1...20))
    func `lines are divided alike by the quick and by the general reader`(_ seed: UInt64) {
        var random = SplitMix(state: seed)
        let pieces = ["a", "b", " ", " ", "\"", "\\", "\n", "\r", "-", "\t", "\" \"", " \"-\" ", ",", "\",\"", " x "]
        var bytes: [UInt8] = []
        for _ in 0..<20_000 { bytes += Array(pieces[Int(random.next() % UInt64(pieces.count))].utf8) }
        // Longer than the quick reader takes, and an end without a line feed.
        bytes += [UInt8](repeating: 0x61, count: seed == 1 ? 150_000 : 100) + Array(" \"x y\" z\nlast \"-\" line".utf8)
        var (quick, general) = (LogTokenizer(), LogTokenizer())
        var position = 0
        while position < bytes.count {
            let outcome = quick.divide(bytes.span, from: position)
            let wanted = general.scan(bytes.span, from: position)
            #expect(description(quick, outcome, bytes) == description(general, wanted, bytes))
            position = general.next
        }
    }

    @Test(arguments: [UInt64](1...20))
    func `lines as AWS writes them are divided alike`(_ seed: UInt64) {
        var random = SplitMix(state: seed)
        func word() -> String { String(repeating: "w", count: Int(random.next() % 90)) }
        var text = ""
        for _ in 0..<400 {
            let fields = (0..<Int(random.next() % 70)).map { _ in
                switch random.next() % 6 {
                case 0: "-"
                case 1: "\"-\""
                case 2: "\"\(word()) \(word())\""
                case 3: "\"\(word())\",\"\(word())\""
                default: "v\(word())"
                }
            }
            text += fields.joined(separator: " ") + (random.next() % 4 == 0 ? "\r\n" : "\n")
        }
        // So that lines end at every distance from the end of the bytes.
        let bytes = Array(text.utf8.dropLast(Int(random.next() % 100)))
        var (quick, general) = (LogTokenizer(), LogTokenizer())
        var position = 0
        while position < bytes.count {
            let outcome = quick.divide(bytes.span, from: position)
            let wanted = general.scan(bytes.span, from: position)
            #expect(description(quick, outcome, bytes) == description(general, wanted, bytes))
            position = general.next
        }
    }

    @Test(arguments: ["", " ", "   ", "\r", " \r"])
    func `a line of nothing is blank`(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        var line = LogTokenizer()
        #expect(line.scan(bytes.span, from: 0) == .blank)
        #expect(line.next == bytes.count)
    }

    @Test func `fields past the capacity stand in the tail`() {
        let words = (0..<100).map { "w\($0)" }
        let bytes = Array(words.joined(separator: " ").utf8)
        var line = LogTokenizer()
        #expect(line.scan(bytes.span, from: 0) == .fields)
        #expect(line.count == LogTokenizer.capacity)
        let tail = String(decoding: bytes[line.tailStart..<line.lineEnd], as: UTF8.self)
        #expect(tail == words[LogTokenizer.capacity...].joined(separator: " "))
        #expect(line[LogTokenizer.capacity].isEmpty)
    }

    @Test func `the end of a field is found at every distance from the end of the bytes`() {
        for length in 1...40 {
            for extra in 0...9 {
                let word = String(repeating: "w", count: length)
                let bytes = Array("\(word) \"\(word)\(String(repeating: "q", count: extra))\"".utf8)
                var line = LogTokenizer()
                #expect(line.scan(bytes.span, from: 0) == .fields)
                #expect(line[0].count == length)
                #expect(line[1].count == length + extra)
            }
        }
    }
}
