import ForensicsModel
import Testing

@Suite struct PathTemplateTests {
    @Test(arguments: [
        ("/", "/"), ("/orders/17", "/orders/{id}"), ("/orders/17/items", "/orders/{id}/items"),
        ("/api/v1/orders/9/4711", "/api/v1/orders/{id}/{id}"), ("/static/js/00c0ffee.js", "/static/js/{id}.js"),
        ("/u/123e4567-e89b-12d3-a456-426614174000", "/u/{id}"), ("/facade/decade", "/facade/decade"),
        ("/007", "/{id}"), ("/a/{id}/3", "/a/{id}/3"), ("*", "*"), ("/v1.2/x", "/v1.2/x"), ("//", "//"),
        ("/99999999999999999999", "/{id}"),
    ]) func `ids are folded and the path can be told again`(path: String, template: String) {
        var texts = TextTable()
        var scratch: [UInt8] = []
        let bytes = Array(path.utf8)
        let (id, argument) = PathTemplate.split(bytes.span, 0..<bytes.count, scratch: &scratch, texts: &texts)
        #expect(texts.string(id) == template)
        #expect(PathTemplate.join(template: template, argument: argument, texts: texts) == path)
    }

    /// The bytes of a word, the lowest first.
    private static func bytes(of word: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        for place in UInt64(0)..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * place))) }
        return bytes
    }

    @Test func `nobody can choose texts that meet in one slot`() {
        var texts = TextTable()
        var ids: [TextID] = []
        // The digest takes words of eight bytes one after another, so that the second can undo what the first has done.
        let start: UInt64 = 0xCBF2_9CE4_8422_2325 ^ 16
        for number in UInt64(0)..<1000 {
            let first: UInt64 = number &* 0x0101_0101_0101_0101
            var state: UInt64 = (start ^ first) &* 0x9E37_79B9_7F4A_7C15
            state ^= state >> 29
            ids.append(texts.intern(Self.bytes(of: first) + Self.bytes(of: state ^ 0x1234_5678)))
        }
        #expect(texts.count == 1000)
        #expect(Set(ids.map { texts.digest($0) }).count == 1)
        #expect(Set(ids.map { texts.hash($0) }).count > 990)
    }

    @Test func `equal texts share an id however many there are`() {
        var texts = TextTable()
        let ids = (0..<5000).map { texts.intern("text \($0)") }
        #expect((0..<5000).map { texts.intern("text \($0)") } == ids)
        #expect(texts.count == 5000)
        #expect(texts.string(ids[4321]) == "text 4321")
    }
}
