/// Folds a User-Agent text to the name of the browser, library or bot that sent it, without versions.
///
/// Browsers claim to be one another, so the most specific claim wins (`Edg/` before `Chrome/` before `Safari/`);
/// anything else is named by its first product token. RFC 9110, section 10.1.5. Wrong for agents that lie.
package enum UserAgentFamily {
    /// Longer names are cut here.
    package static let lengthLimit = 64

    /// What a browser calls itself and the family it belongs to, the most specific first.
    private static let browsers: [(token: [UInt8], family: [UInt8])] = [
        ("ELB-HealthChecker", "ELB-HealthChecker"), ("HeadlessChrome/", "HeadlessChrome"), ("Edg/", "Edge"),
        ("EdgA/", "Edge"), ("EdgiOS/", "Edge"), ("Edge/", "Edge"), ("OPR/", "Opera"), ("OPiOS/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"), ("YaBrowser/", "Yandex Browser"), ("Vivaldi/", "Vivaldi"),
        ("UCBrowser/", "UC Browser"), ("FxiOS/", "Firefox"), ("Firefox/", "Firefox"), ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"), ("Chromium/", "Chrome"), ("MSIE ", "Internet Explorer"),
        ("Trident/", "Internet Explorer"), ("Safari/", "Safari"), ("AppleWebKit/", "WebKit"),
        ("Gecko/", "Gecko"),
    ].map { (Array($0.0.utf8), Array($0.1.utf8)) }

    private static let mozilla = Array("Mozilla/".utf8)
    private static let compatible = Array("compatible; ".utf8)
    private static let bots: [[UInt8]] = ["bot", "spider", "crawl", "preview", "monitor"].map { Array($0.utf8) }

    /// Returns the family of the agent in `bytes[range]`; an empty agent gives an empty family.
    package static func family(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
        let cut = range.lowerBound..<min(range.upperBound, range.lowerBound + 512)
        guard starts(bytes, cut, with: mozilla) else { return product(bytes, cut) }
        if let place = find(compatible, bytes, cut) {
            let name = product(bytes, (place + compatible.count)..<cut.upperBound)
            if name != Array("MSIE".utf8), !name.isEmpty { return name }
        }
        if let bot = bot(bytes, cut) { return bot }
        for browser in browsers where find(browser.token, bytes, cut) != nil { return browser.family }
        return Array("Mozilla".utf8)
    }

    package static func family(_ text: String) -> String {
        let bytes = Array(text.utf8)
        return String(decoding: family(bytes.span, 0..<bytes.count), as: UTF8.self)
    }

    /// The first product token: up to a slash, space, semicolon or parenthesis.
    private static func product(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
        var name: [UInt8] = []
        for index in range {
            let byte = bytes[index]
            if byte == 0x2F || byte == 0x20 || byte == 0x3B || byte == 0x28 || byte == 0x29 || byte == 0x2C { break }
            if name.count == lengthLimit { break }
            name.append(byte)
        }
        return name
    }

    /// A product token that names itself a bot, such as `Applebot` after a browser's claims.
    private static func bot(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8]? {
        var start = range.lowerBound
        while start < range.upperBound {
            var end = start
            while end < range.upperBound, bytes[end] != 0x2F, bytes[end] != 0x20, bytes[end] != 0x28 { end += 1 }
            if end < range.upperBound, bytes[end] == 0x2F, end > start {
                for mark in bots where findIgnoringCase(mark, bytes, start..<end) {
                    return product(bytes, start..<end)
                }
            }
            start = end + 1
        }
        return nil
    }

    private static func starts(_ bytes: Span<UInt8>, _ range: Range<Int>, with prefix: [UInt8]) -> Bool {
        guard range.count >= prefix.count else { return false }
        for index in prefix.indices where bytes[range.lowerBound + index] != prefix[index] { return false }
        return true
    }

    private static func find(_ token: [UInt8], _ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        guard range.count >= token.count else { return nil }
        for start in range.lowerBound...(range.upperBound - token.count)
        where bytes[start] == token[0] && starts(bytes, start..<range.upperBound, with: token) {
            return start
        }
        return nil
    }

    private static func findIgnoringCase(_ token: [UInt8], _ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard range.count >= token.count else { return false }
        for start in range.lowerBound...(range.upperBound - token.count) {
            var index = 0
            while index < token.count, bytes[start + index] | 0x20 == token[index] { index += 1 }
            if index == token.count { return true }
        }
        return false
    }
}
