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

    @Test func `equal texts share an id however many there are`() {
        var texts = TextTable()
        let ids = (0..<5000).map { texts.intern("text \($0)") }
        #expect((0..<5000).map { texts.intern("text \($0)") } == ids)
        #expect(texts.count == 5000)
        #expect(texts.string(ids[4321]) == "text 4321")
    }
}
