import Foundation
import ForensicsCompare
import ForensicsModel
import ForensicsReport
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
        // Who came only before has a row and no band.
        #expect(html.contains("203.0.113.0/24") && !html.contains("203.0.113.0/24 →"))
    }

    @Test func `bands that enter a place fill its bar, and what is more than before is told from the rest`() throws {
        let html = String(decoding: try Self.report([Self.map()]).rendered(), as: UTF8.self)
        let bands = html.components(separatedBy: "<g><title>").dropFirst().map { $0.components(separatedBy: "</g>")[0] }
        #expect(bands.count == 4)
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
        // A pixel is 1000/320 connections: 100 as before, 600 more.
        #expect(abs(height("before", northwind) - 32) < 0.2)
        #expect(abs(height("during", northwind) - 192) < 0.2)
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
        #expect(html.contains("<bdi>32 others</bdi><span class=\"n faint\">0 % → 80 %</span>"))
        #expect(html.contains("<bdi>12 others</bdi><span class=\"n faint\">0 % → 60 %</span>"))
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
