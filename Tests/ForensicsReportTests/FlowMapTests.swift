import Foundation
import ForensicsCompare
import ForensicsModel
import ForensicsReport
import ForensicsTestSupport
import Testing

@Suite struct FlowMapTests {
    static func map() -> FlowMap {
        var map = FlowMap(name: "nlb", counted: "connections", goal: "listener", scale: 1)
        func add(_ from: String, _ through: String, _ to: String, _ before: Int64, _ during: Int64) {
            map.counts[.init(from: from, through: through, to: to)] = .init(before: before, during: during)
        }
        add("Northwind", "shop-nlb", "checkout.example:443", 100, 700)
        add("192.0.2.0/24", "shop-nlb", "checkout.example:443", 50, 50)
        add("192.0.2.0/24", "shop-nlb", "web.example:443", 150, 150)
        add("198.51.100.0/24", "old-nlb", "web.example:443", 100, 100)
        add("203.0.113.0/24", "old-nlb", "web.example:443", 7, 0)
        return map
    }

    @Test func `a map says who went through what to where, with the counts of each way`() throws {
        let html = String(decoding: try Self.report([Self.map()]).rendered(), as: UTF8.self)
        #expect(html.contains("<title>Northwind → shop-nlb → checkout.example:443: 100 → 700</title>"))
        // 700 of 1000 during; 100 of 407 before.
        #expect(html.contains("<bdi>Northwind</bdi><span class=\"n faint\">25 % → 70 %</span>"))
        #expect(html.contains("The numbers of the map: 5 ways"))
        #expect(html.contains("407 connections before and 1,000 during in <bdi>nlb</bdi>"))
        // Who came only before has a band as well, that is all gone.
        #expect(html.contains("<title>203.0.113.0/24 → old-nlb → web.example:443: 7 → 0</title><path class=\"gone\""))
        #expect(html.contains("<bdi>203.0.113.0/24</bdi><span class=\"n faint\">1.7 % → 0 %</span>"))
    }

    @Test func `bands that enter a place fill its bar, and what is more than before is told from the rest`() throws {
        let html = String(decoding: try Self.report([Self.map()]).rendered(), as: UTF8.self)
        let bands = html.components(separatedBy: "<g><title>").dropFirst().map { $0.components(separatedBy: "</g>")[0] }
        #expect(bands.count == 5)
        let northwind = try #require(bands.first { $0.hasPrefix("Northwind") })
        func height(_ style: String, _ band: String) -> Double {
            // `M0 top C… V bottom C… Z`: the first number and the one after `V`.
            let tail = band.components(separatedBy: "class=\"\(style)\" d=\"M0 ").dropFirst().first
            guard let path = tail?.components(separatedBy: "\"").first,
                let top = Double(String(path.prefix { $0 != "C" })),
                let last = path.components(separatedBy: " 0 ").last,
                let bottom = Double(String(last.prefix { $0 != "Z" }))
            else { return 0 }
            return bottom - top
        }
        // A pixel is 1007/320 connections, as 7 came before only: 100 as before, 600 more.
        #expect(abs(height("before", northwind) - 31.8) < 0.2)
        #expect(abs(height("during", northwind) - 190.7) < 0.2)
        for band in bands where !band.hasPrefix("Northwind") { #expect(!band.contains("class=\"during\"")) }
    }

    @Test func `many places are one, and nothing is lost`() throws {
        var map = FlowMap(name: "alb", counted: "requests", goal: "target", scale: 1)
        for index in Int64(0)..<40 {
            map.counts[.init(from: "10.0.\(index).0/24", through: "shop", to: "10.1.0.\(index % 20):80")] =
                .init(before: 0, during: 10)
        }
        let html = String(decoding: try Self.report([map]).rendered(), as: UTF8.self)
        // Eight by name; 32 of 40 and 12 of 20 are the others.
        #expect(html.contains("<bdi>32 others</bdi><span class=\"n faint\">– → 80 %</span>"))
        #expect(html.contains("<bdi>12 others</bdi><span class=\"n faint\">– → 60 %</span>"))
    }

    @Test func `ways too thin to draw are counted below the map`() throws {
        var map = Self.map()
        // A pixel is 1,001,000/320 connections: a tenth of one is 313, of which only Northwind's 700 are more.
        map.counts[.init(from: "203.0.113.0/24", through: "old-nlb", to: "web.example:443")] = .init(
            before: 0, during: 1_000_000)
        let html = String(decoding: try Self.report([map]).rendered(), as: UTF8.self)
        #expect(Self.bands(html).count == 2)
        #expect(html.contains("3 ways between the places above are too thin to draw: 300 before and 300 during."))
        let drawn = String(decoding: try Self.report([Self.map()]).rendered(), as: UTF8.self)
        #expect(!drawn.contains("too thin to draw"))
    }

    /// The shares beside the names of a column: before and during.
    static func shares(_ side: String, _ html: String) -> [(name: String, before: Double, during: Double)] {
        let part = html.components(separatedBy: "<div class=\"\(side)\"")[1].components(separatedBy: "</div>\n</div>")[
            0]
        return part.components(separatedBy: "<bdi>").dropFirst().map { node in
            let words = node.components(separatedBy: "</bdi><span class=\"n faint\">")
            let numbers = words[1].components(separatedBy: "</span>")[0].components(separatedBy: " → ").map { text in
                Double(text.filter { $0.isNumber || $0 == "." }) ?? .nan
            }
            return (words[0], numbers[0], numbers[1])
        }
    }

    /// What the titles of the bands say.
    static func bands(_ html: String) -> [String: [Int64]] {
        var bands: [String: [Int64]] = [:]
        for title in html.components(separatedBy: "<g><title>").dropFirst() {
            let parts = title.components(separatedBy: "</title>")[0].components(separatedBy: ": ")
            bands[parts.dropLast().joined(separator: ": ")] = parts[parts.count - 1].components(separatedBy: " → ").map
            {
                Int64($0.filter(\.isNumber)) ?? -1
            }
        }
        return bands
    }

    @Test func `a target that was taken out stands with what it had, and shares of each column are whole`() throws {
        var map = FlowMap(name: "alb", counted: "requests", goal: "target", scale: 1)
        for index in Int64(0)..<3 {
            let target = "10.1.0.\(2 + index):80"
            map.counts[.init(from: "192.0.2.0/24", through: "shop", to: target)] =
                .init(before: 972, during: index == 0 ? 0 : 1458)
        }
        let html = String(decoding: try Self.report([map]).rendered(), as: UTF8.self)
        #expect(Self.bands(html)["192.0.2.0/24 → shop → 10.1.0.2:80"] == [972, 0])
        let targets = Self.shares("to", html)
        // A third of 2,916 each; then half of 2,916, and none.
        #expect(targets.map(\.name) == ["10.1.0.3:80", "10.1.0.4:80", "10.1.0.2:80"])
        #expect(targets.map(\.before) == [33, 33, 33] && targets.map(\.during) == [50, 50, 0])
        // The widths stand for 3 · 972 + 2 · 486: 80 pixels of 320 are gone, 40 and 40 came to the others.
        let height = { (text: String) in Double(text.prefix { $0 != "\"" }) ?? 0 }
        let bars = html.components(separatedBy: "<rect x=\"98\"").dropFirst().map { bar in
            height(bar.components(separatedBy: "height=\"")[1])
        }
        #expect(bars == [120, 120, 80])
    }

    @Test func `thirty networks in place of thirty others are as many that are gone`() throws {
        var map = FlowMap(name: "alb", counted: "requests", goal: "target", scale: 1)
        for index in Int64(0)..<30 {
            map.counts[.init(from: "10.0.\(index).0/24", through: "shop", to: "10.1.0.1:80")] = .init(before: 30)
            map.counts[.init(from: "10.9.\(index).0/24", through: "shop", to: "10.1.0.1:80")] = .init(during: 30)
        }
        let html = String(decoding: try Self.report([map]).rendered(), as: UTF8.self)
        let origins = Self.shares("from", html)
        // Eight by name, new ones first where all are alike; the rest in two.
        #expect(origins.suffix(2).map(\.name) == ["22 others", "30 gone"])
        #expect(origins.suffix(2).map(\.before) == [0, 100] && origins.suffix(2).map(\.during) == [73, 0])
        #expect(Self.bands(html)["22 others → shop → 10.1.0.1:80"] == [0, 660])
        #expect(Self.bands(html)["30 gone → shop → 10.1.0.1:80"] == [900, 0])
        #expect(Self.shares("to", html).map(\.name) == ["10.1.0.1:80"])
    }

    @Test func `what others had before is counted whole, and each column adds up to both totals`() throws {
        var map = FlowMap(name: "pcap", counted: "requests", goal: "target", scale: 0.5)
        var generator = SeededGenerator(seed: 7)
        for index in 0..<200 {
            let path = FlowMap.Path(
                from: "10.0.\(index % 40).0/24", through: "10.2.0.\(index % 7)", to: "10.1.0.\(index % 13):80")
            // Every third way came before only, every fifth during only.
            map.counts[path] = .init(
                before: index % 5 == 1 ? 0 : Int64.random(in: 100...400, using: &generator),
                during: index % 3 == 0 ? 0 : Int64.random(in: 100...400, using: &generator))
        }
        let total = map.counts.values.reduce(into: FlowMap.Count()) { sum, one in
            sum.before += one.before
            sum.during += one.during
        }
        let html = String(decoding: try Self.report([map]).rendered(), as: UTF8.self)
        let bands = Self.bands(html)
        #expect(bands.values.reduce(0) { $0 + $1[0] } == total.before)
        #expect(bands.values.reduce(0) { $0 + $1[1] } == total.during)
        for side in ["from", "bands", "to"] {
            let shares = Self.shares(side, html)
            // Whole per cents, each off by a half at most.
            #expect(abs(shares.reduce(0) { $0 + $1.before } - 100) <= Double(shares.count) / 2, "\(side) \(shares)")
            #expect(abs(shares.reduce(0) { $0 + $1.during } - 100) <= Double(shares.count) / 2, "\(side) \(shares)")
        }
    }

    @Test func `rows of the table are the largest ways of either window, and the rest is said`() throws {
        var map = FlowMap(name: "alb", counted: "requests", goal: "target", scale: 1)
        for index in Int64(0)..<70 {
            map.counts[.init(from: "10.0.\(index).0/24", through: "shop", to: "10.1.0.1:80")] =
                .init(before: 3, during: 10)
        }
        map.counts[.init(from: "192.0.2.0/24", through: "shop", to: "10.1.0.1:80")] = .init(before: 500)
        let html = String(decoding: try Self.report([map]).rendered(), as: UTF8.self)
        let table = html.components(separatedBy: "The numbers of the map: 71 ways")[1]
            .components(separatedBy: "</details>")[0]
        #expect(table.contains("192.0.2.0/24"))
        // 59 of the 70 others have rows.
        #expect(table.contains("11 more ways, none of them taken more: 33 before, 110 during."))
    }

    @Test func `places that no evidence names are explained below, and what came before only is a map as well`() throws
    {
        var map = FlowMap(name: "pcap", counted: "errors", goal: "target", scale: 1)
        map.counts[.init(from: "not told", through: "not told", to: "10.1.0.1:80")] = .init(before: 5)
        map.notes = ["Load balancer not told: <why>."]
        let html = String(decoding: try Self.report([map]).rendered(), as: UTF8.self)
        #expect(html.contains("<p class=\"faint\">Load balancer not told: &lt;why&gt;.</p>"))
        #expect(html.contains("<title>not told → not told → 10.1.0.1:80: 5 → 0</title>"))
        #expect(html.contains("5 errors before and 0 during"))
        // Of nothing there are no shares.
        #expect(html.contains("<bdi>10.1.0.1:80</bdi><span class=\"n faint\">100 % → –</span>"))
    }

    @Test func `sums of what evidence claims stop at the largest value`() throws {
        var map = FlowMap(name: "alb", counted: "bytes", goal: "target", scale: 1)
        for index in 0..<3 {
            map.counts[.init(from: "10.0.\(index).0/24", through: "shop", to: "10.1.0.1:80")] =
                .init(before: 1, during: .max)
        }
        let html = String(decoding: try Self.report([map]).rendered(), as: UTF8.self)
        #expect(html.contains("3 bytes before and 9,223,372,036,854,775,807 during"))
    }

    @Test func `without rows that is said, and the lists stand alone`() throws {
        let html = String(decoding: try Self.report([]).rendered(), as: UTF8.self)
        #expect(html.contains("The case keeps no rows, so who went to which target is not known"))
        #expect(!html.contains("<div class=\"flow\">"))
    }

    @Test func `hostile names stay text, and the same map gives the same bytes`() throws {
        var map = Self.map()
        let name = ComparisonFixture.hostile
        map.counts[.init(from: name, through: name, to: name)] = .init(before: 1, during: 90)
        let html = String(decoding: try Self.report([map]).rendered(), as: UTF8.self)
        #expect(html.components(separatedBy: "<script").count == 3 && !html.contains("\u{202E}"))
        #expect(try Self.report([map]).rendered() == Self.report([map]).rendered())
    }

    @Test func `connections that another kind of evidence tells have strips and distributions of their own`() throws {
        let fixture = ComparisonFixture()
        var report = try Self.report([])
        var other = try fixture.result()
        other.question.kind = "nlb"
        report.result.question.kind = "alb"
        let leader = try #require(report.result.dimensions.flatMap(\.values).first)
        report.result.failures = Failures(total: report.result.total, leading: [leader])
        report.others = [
            .init(
                name: "nlb", result: other, before: fixture.before, during: fixture.during, timeline: fixture.during)
        ]
        let html = String(decoding: report.rendered(), as: UTF8.self)
        func part(_ id: String) -> String {
            html.components(separatedBy: "<section id=\"\(id)\"").dropFirst().first?
                .components(separatedBy: "</section>\n<section id").first ?? ""
        }
        let time = part("time")
        #expect(time.components(separatedBy: "<h3>").count == 3)
        #expect(time.contains("\"alb connections\"") && time.contains("\"nlb connections\""))
        for id in ["latency", "rates"] {
            #expect(part(id).contains("<h3><bdi>alb</bdi></h3>") && part(id).contains("<h3><bdi>nlb</bdi></h3>"))
        }
        #expect(part("latency").components(separatedBy: "<b>connection duration</b>").count == 3)
        // Who makes the errors stands below the evidence that shows it.
        let rates = part("rates").components(separatedBy: "<h3>")
        #expect(rates.map { $0.contains("Who makes the errors") } == [false, true, false])
    }

    static func report(_ maps: [FlowMap]) throws -> HTMLReport {
        let fixture = ComparisonFixture()
        var report = HTMLReport(
            result: try fixture.result(), before: fixture.before, during: fixture.during, timeline: fixture.during,
            command: "lbforensics report", version: "1")
        report.maps = maps
        return report
    }
}
