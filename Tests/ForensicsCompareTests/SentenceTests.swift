import ForensicsCompare
import ForensicsModel
import ForensicsTestSupport
import Testing

/// What the sentence claims has to be shown by the counts. Windows are written by hand: so much per minute of each value.
@Suite struct SentenceTests {
    typealias Rates = [Dimension: [String: Int64]]

    /// A window of steady minutes, with the errors of its values and of all in each of them.
    static func window(
        _ start: Int, _ rates: Rates, total: Int64, errors: Rates = [:], allErrors: Int64 = 0, minutes: Int = 15
    ) -> WindowAggregate {
        var recording = TrafficRecording(minutes: start + minutes)
        for minute in start..<(start + minutes) {
            // Steady, but not beyond belief.
            let sway = (minute - start) % 2 == 0 ? 1 : -1
            for (dimension, values) in rates {
                for (value, count) in values {
                    recording.add(dimension, value, minute, count + Int64(sway) * (count / 20))
                }
            }
            recording.totals[minute] += total + Int64(sway) * (total / 20)
        }
        var aggregate = recording.aggregate(start..<(start + minutes))
        aggregate.dimensions[.clientNetwork] = nil
        for index in aggregate.buckets.indices {
            aggregate.buckets[index].totals.activity.errors = allErrors
            aggregate.buckets[index].totals.serverErrors = allErrors
        }
        aggregate.totals.activity.errors = allErrors * Int64(minutes)
        aggregate.totals.serverErrors = allErrors * Int64(minutes)
        for (dimension, values) in errors {
            for index in aggregate.dimensions[dimension, default: []].indices {
                let value = aggregate.dimensions[dimension, default: []][index].value
                aggregate.dimensions[dimension, default: []][index].activity.errors =
                    (values[value] ?? 0) * Int64(minutes)
            }
        }
        return aggregate
    }

    static func compare(
        _ before: WindowAggregate, _ during: WindowAggregate, _ change: (inout CompareOptions) -> Void = { _ in }
    ) throws -> ComparisonResult {
        var options = CompareOptions()
        change(&options)
        return try Comparison.compare(before: before, during: during, options: options)
    }

    /// The same traffic in both windows, of four paths and ten clients.
    private static let paths: Rates = [
        .path: ["/a": 100, "/b": 50, "/c/{id}": 40, "/d": 10],
        .client: Dictionary(uniqueKeysWithValues: (1...10).map { ("192.0.2.\($0)", 20) }),
    ]
    private static func broken(_ start: Int) -> WindowAggregate {
        window(
            start, paths, total: 200,
            errors: [
                .path: ["/c/{id}": 30],
                .client: Dictionary(uniqueKeysWithValues: (1...10).map { ("192.0.2.\($0)", 3) }),
            ],
            allErrors: 30)
    }

    // MARK: - Rare statuses

    @Test func `a status of errors that appears is told though it is less than a thousandth of both windows`() throws {
        func window(_ start: Int, _ abandoned: Int64) -> WindowAggregate {
            let rates: Rates = [
                .status: ["200": 2900 - abandoned, "404": 100, "460": abandoned].filter { $0.value > 0 }
            ]
            var window = Self.window(start, rates, total: 3000)
            for index in window.buckets.indices {
                window.buckets[index].totals.clientErrors = 100 + abandoned
                window.buckets[index].totals.activity.errors = 100 + abandoned
            }
            window.totals.clientErrors = 15 * (100 + abandoned)
            window.totals.activity.errors = 15 * (100 + abandoned)
            return window
        }
        // 75 of 90,000 in both.
        let result = try Self.compare(window(0, 0), window(15, 5))
        #expect(result.sentence.contains("460 responses appeared (75, 0.2 % of requests)"), "\(result.sentence)")
        #expect(try !Self.compare(window(0, 5), window(15, 5)).sentence.contains("460"))
    }

    // MARK: - How many make errors

    @Test
    func `where nothing that clients which fail have in common stands out, how many of how many they are is told`()
        throws
    {
        // Four hundred clients far apart, each of which asks once a minute.
        let names = (0..<400).map { "\(20 + $0 % 150).\($0 % 250).2.\($0 % 200)" }
        func window(_ start: Int, _ perMinute: [Int64], _ errors: (Int) -> Int64) -> WindowAggregate {
            let each = Dictionary(uniqueKeysWithValues: names.map { ($0, Int64(1)) })
            var window = Self.window(start, [.client: each], total: 400)
            let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
            for index in window.dimensions[.client, default: []].indices {
                let name = window.dimensions[.client, default: []][index].value
                window.dimensions[.client]?[index].activity.errors = places[name].map(errors) ?? 0
            }
            for (index, count) in perMinute.enumerated() {
                window.buckets[index].totals.activity.errors = count
                window.buckets[index].totals.serverErrors = count
            }
            window.totals.activity.errors = perMinute.reduce(0, +)
            window.totals.serverErrors = perMinute.reduce(0, +)
            return window
        }
        // One error each of 25 clients before, nine each of sixty others during.
        let before = window(0, (0..<15).map { $0 % 3 == 0 ? 1 : 2 }) { 100..<125 ~= $0 ? 1 : 0 }
        let during = window(15, [Int64](repeating: 36, count: 15)) { $0 < 60 ? 9 : 0 }
        let result = try Self.compare(before, during)
        // 540 − 25 = 515 more, of which 464 are nine tenths: 52 clients make 468.
        #expect(
            result.sentence.contains(
                "Of the new errors 52 of 400 clients make 90 %; nothing else that they have in common stands out "
                    + "(top client --by errors lists them)."),
            "\(result.sentence)")
        #expect(result.failures?.makers == Failures.Makers(clients: 52, all: 400))
    }

    // MARK: - What changed places

    @Test func `traffic that went to another load balancer is told as that, not as a multiple of what is missing`()
        throws
    {
        let before: Rates = [.loadBalancer: ["old": 200, "other": 100]]
        let during: Rates = [.loadBalancer: ["new": 150, "old": 10, "other": 100]]
        let moved = try Self.compare(
            Self.window(0, before, total: 300), Self.window(15, during, total: 260))
        #expect(moved.total.direction == .fall)
        #expect(
            moved.sentence.contains(
                "More than that changed places: load balancer old −2,860 and load balancer new +2,257 requests."),
            "\(moved.sentence)")
        #expect(!moved.sentence.contains("of the decrease"), "\(moved.sentence)")
        let lost = try Self.compare(
            Self.window(0, before, total: 300),
            Self.window(15, [.loadBalancer: ["old": 10, "other": 100]], total: 110))
        #expect(lost.sentence.contains("explains 100 % of the decrease"), "\(lost.sentence)")
    }

    // MARK: - Everybody

    @Test func `errors of one path that begin are told to be of it, and everybody is not said to have risen`() throws {
        // By errors: the series of the aggregates count errors then.
        func byErrors(_ window: WindowAggregate) -> WindowAggregate {
            var window = window
            for (dimension, values) in window.dimensions {
                window.dimensions[dimension] = values.map { value in
                    let perMinute = value.activity.errors / 15
                    let series = (0..<15).map { WindowAggregate.SeriesPoint(minute: Int32($0), count: perMinute) }
                    return .init(value: value.value, activity: value.activity, series: perMinute > 0 ? series : [])
                }
            }
            return window
        }
        let result = try Self.compare(
            byErrors(Self.window(0, Self.paths, total: 200)), byErrors(Self.broken(15))
        ) { $0.measure = .errors }
        #expect(result.total.before == 0 && result.total.during == 450)
        #expect(!result.total.isUniform)
        #expect(result.sentence.contains("Of them path /c/{id} makes 100 %."), "\(result.sentence)")
        #expect(!result.sentence.contains("Everybody"), "\(result.sentence)")
    }

    @Test func `from windows too short nobody is accused, and everybody is not said to have risen either`() throws {
        let before: Rates = [.domain: ["checkout": 93, "www": 200], .targetPort: ["443": 293]]
        let during: Rates = [.domain: ["checkout": 336, "www": 210], .targetPort: ["443": 546]]
        let result = try Self.compare(
            Self.window(0, before, total: 293, minutes: 1), Self.window(20, during, total: 546, minutes: 1))
        #expect(!result.total.isUniform && !result.sentence.contains("Everybody"), "\(result.sentence)")
        let flood = try Self.compare(
            Self.window(0, [.client: ["a": 100, "b": 100, "c": 100]], total: 300, minutes: 5),
            Self.window(5, [.client: ["a": 100, "b": 100, "c": 9000]], total: 9200, minutes: 5))
        #expect(
            flood.sentence.contains("From so few minutes nobody is accused; a candidate is client c ("),
            "\(flood.sentence)")
        #expect(!flood.sentence.contains("explains"), "\(flood.sentence)")
    }

    @Test func `what one client did says nothing of everybody`() throws {
        let before: Rates = [.path: ["/a": 60, "/b": 40], .client: ["192.0.2.1": 100]]
        let during: Rates = [.path: ["/a": 180, "/b": 120], .client: ["192.0.2.1": 300]]
        func compare(_ isRestricted: Bool) throws -> ComparisonResult {
            try Self.compare(Self.window(0, before, total: 100), Self.window(15, during, total: 300)) {
                $0.restrictsClients = isRestricted
            }
        }
        #expect(try compare(false).total.isUniform)
        let one = try compare(true)
        #expect(!one.total.isUniform && !one.sentence.contains("Everybody"), "\(one.sentence)")
    }

    @Test func `who cannot be told to stand out is not told to have risen as all did`() throws {
        // Bursts of one client hide how it moved: its part may be none, or more than half of the change.
        func bursts(_ start: Int, _ size: Int64) -> WindowAggregate {
            var recording = TrafficRecording(minutes: start + 15)
            for minute in start..<(start + 15) {
                let burst = minute % 5 == 0 ? 5 * size : 0
                recording.add(.client, "192.0.2.1", minute, burst)
                recording.add(.client, "192.0.2.2", minute, 3 * size)
                recording.totals[minute] += burst + 3 * size
            }
            return recording.aggregate(start..<(start + 15))
        }
        let result = try Self.compare(bursts(0, 20), bursts(15, 60))
        #expect(!result.total.isUniform && !result.sentence.contains("Everybody"), "\(result.sentence)")
    }

    // MARK: - Bytes

    @Test(
        arguments: [
            (900, 200, "But bytes rose 9.0×, from 3.3 kB to 30.1 kB per second"),
            (50, 200, "But bytes fell by 50 %, from 3.3 kB to 1.7 kB per second"), (104, 200, nil), (100, 1800, nil),
        ] as [(Int64, Int64, String?)])
    func `bytes that move otherwise than requests are told, and those that move as they do are not`(
        size: Int64, requests: Int64, expected: String?
    ) throws {
        func sized(_ window: WindowAggregate, _ size: Int64) -> WindowAggregate {
            var window = window
            window.totals.activity.bytes = 0
            for index in window.buckets.indices {
                let minute = window.buckets[index].totals.activity.requests * 10 * size
                window.buckets[index].totals.activity.bytes = minute
                window.totals.activity.bytes += minute
            }
            return window
        }
        let result = try Self.compare(
            sized(Self.window(0, Self.paths, total: 200), 100),
            sized(Self.window(15, Self.paths, total: requests), size))
        if let expected {
            #expect(result.sentence.contains(expected + " (--by bytes tells whose)"), "\(result.sentence)")
            #expect(!result.sentence.contains("Nothing stands out"), "\(result.sentence)")
        } else {
            #expect(!result.sentence.contains("bytes"), "\(result.sentence)")
        }
    }

    // MARK: - Errors

    @Test func `errors are told by their share, and who makes them`() throws {
        let result = try Self.compare(Self.window(0, Self.paths, total: 200), Self.broken(15))
        #expect(result.total.direction == .same)
        // 30 of 200 a minute, in fifteen minutes.
        #expect(result.sentence.contains("But 5xx responses appeared (450, 15 % of requests)."), "\(result.sentence)")
        #expect(result.sentence.contains("Of the new errors path /c/{id} makes 100 %."), "\(result.sentence)")
        #expect(result.failures?.leading.map(\.value) == ["/c/{id}"])
    }

    @Test func `errors that appear in a flood are told, and those that rise with it are not`() throws {
        let before: Rates = [.client: ["a": 60, "b": 40]]
        let during: Rates = [.client: ["a": 360, "b": 40]]
        let appeared = try Self.compare(
            Self.window(0, before, total: 100), Self.window(15, during, total: 400, allErrors: 12))
        #expect(appeared.sentence.contains("5xx responses appeared (180, 3.0 % of requests)"), "\(appeared.sentence)")
        let along = try Self.compare(
            Self.window(0, before, total: 100, allErrors: 10),
            Self.window(15, during, total: 400, allErrors: 40))
        #expect(!along.sentence.contains("5xx"), "\(along.sentence)")
        let more = try Self.compare(
            Self.window(0, before, total: 100, allErrors: 10),
            Self.window(15, during, total: 400, allErrors: 100))
        #expect(more.sentence.contains("5xx responses rose from 10 % to 25 % of requests (10×)"), "\(more.sentence)")
    }

    @Test func `a fall of errors is told as a rise is, and then something stands out`() throws {
        let calm = Self.window(15, Self.paths, total: 200)
        let result = try Self.compare(Self.broken(0), calm)
        #expect(result.total.direction == .same)
        // 30 of 200 a minute, in fifteen minutes.
        #expect(
            result.sentence.contains("But 5xx responses fell from 15 % to 0 % of requests (from 450 to none)."),
            "\(result.sentence)")
        #expect(!result.sentence.contains("Nothing stands out"), "\(result.sentence)")
        #expect(result.sentence.split(separator: "5xx").count == 2, "\(result.sentence)")
        let fewer = try Self.compare(
            Self.window(0, Self.paths, total: 200, allErrors: 40),
            Self.window(15, Self.paths, total: 200, allErrors: 10))
        #expect(
            fewer.sentence.contains("5xx responses fell from 20 % to 5.0 % of requests (0.25×)"), "\(fewer.sentence)")
        let rose = try Self.compare(calm, Self.broken(0))
        #expect(!rose.sentence.contains("Nothing stands out"), "\(rose.sentence)")
        #expect(try Self.compare(calm, calm).sentence.contains("Nothing stands out in the mix either."))
    }

    @Test func `errors whose share a flood makes smaller have not fallen`() throws {
        let result = try Self.compare(
            Self.window(0, [.client: ["a": 60, "b": 40]], total: 100, allErrors: 10),
            Self.window(15, [.client: ["a": 360, "b": 40]], total: 400, allErrors: 10))
        #expect(!result.sentence.contains("5xx"), "\(result.sentence)")
    }

    @Test func `failed handshakes of a connection log are told`() throws {
        func connections(_ window: WindowAggregate) -> WindowAggregate {
            var window = window
            func move(_ totals: inout TrafficTotals) {
                totals.activity.connections = totals.activity.requests
                totals.activity.requests = 0
                totals.serverErrors = 0
            }
            move(&window.totals)
            for index in window.buckets.indices { move(&window.buckets[index].totals) }
            for (dimension, values) in window.dimensions {
                window.dimensions[dimension] = values.map { value in
                    var value = value
                    value.activity.connections = value.activity.requests
                    value.activity.requests = 0
                    return value
                }
            }
            return window
        }
        let result = try Self.compare(
            connections(Self.window(0, Self.paths, total: 200)), connections(Self.broken(15))
        ) {
            $0.measure = .connections
            $0.kind = .albConnection
        }
        #expect(
            result.sentence.contains("But failed handshakes appeared (450, 15 % of connections)."),
            "\(result.sentence)")
        // The log does not write how long connections last.
        #expect(
            result.sentence.contains("Who holds connections longer than 5 min cannot be told from alb-connection logs"),
            "\(result.sentence)")
        #expect(!result.sentence.contains("No client"), "\(result.sentence)")
    }

    // MARK: - Who explains it

    @Test func `what is restricted was not seen before only within the filter`() throws {
        let before: Rates = [.client: ["a": 100, "b": 100]]
        let during: Rates = [.client: ["a": 100, "b": 100, "c": 300]]
        for (isRestricted, text) in [(false, "(not seen before)"), (true, "(none before)")] {
            let result = try Self.compare(Self.window(0, before, total: 200), Self.window(15, during, total: 500)) {
                $0.restrictsFacts = isRestricted
            }
            #expect(result.sentence.contains(text), "\(result.sentence)")
        }
    }

    @Test func `the first of a level field is not named alone`() throws {
        let targets = (1...10).map { "10.0.0.\($0):80" }
        func rates(_ each: Int64) -> Rates {
            [
                .target: Dictionary(uniqueKeysWithValues: targets.enumerated().map { ($1, each + Int64($0)) })
                    .merging(["10.0.9.1:80": 500]) { first, _ in first }
            ]
        }
        let result = try Self.compare(
            Self.window(0, rates(20), total: 745), Self.window(15, rates(200), total: 2545))
        #expect(
            result.sentence.contains("10 targets alike together explain 100 % of the increase"), "\(result.sentence)")
        #expect(!result.sentence.contains("10.0.0."), "\(result.sentence)")
        let two = try Self.compare(
            Self.window(0, [.client: ["a": 50, "b": 50, "c": 500]], total: 600),
            Self.window(15, [.client: ["a": 290, "b": 300, "c": 500]], total: 1090))
        #expect(two.sentence.contains("Clients b and a together explain 100 % of the increase"), "\(two.sentence)")
    }

    @Test func `a large value that moved about as everybody did explains nothing`() throws {
        let before: Rates = [.owner: ["Large": 900, "Small": 100], .path: ["/a": 200, "/b": 800]]
        let during: Rates = [.owner: ["Large": 2200, "Small": 150], .path: ["/a": 1550, "/b": 800]]
        let result = try Self.compare(Self.window(0, before, total: 1000), Self.window(15, during, total: 2350))
        // From 90 % to 94 % of everything: 8 % of the change lies beyond growing as the rest did.
        let large = try #require(result.dimensions.first { $0.dimension == "owner" }?.values.first)
        #expect(abs((large.excessShare ?? 1) - (2200.0 / 2350 - 0.9) * 2350 / 1350) < 0.001)
        #expect(large.standsOut)
        #expect(result.leading.map(\.value) == ["/a"])
        #expect(!result.sentence.contains("Large"), "\(result.sentence)")
    }

    @Test func `explanations are told by the share that they explain`() throws {
        // The path has the larger part beyond growing as the rest did, the target the larger part of the change.
        let before: Rates = [.path: ["/a": 10, "/b": 990], .target: ["t": 500, "u": 500]]
        let during: Rates = [.path: ["/a": 850, "/b": 1150], .target: ["t": 1450, "u": 550]]
        let result = try Self.compare(Self.window(0, before, total: 1000), Self.window(15, during, total: 2000))
        #expect(result.leading.map(\.value) == ["/a", "t"])
        #expect(
            result.sentence.contains("Target t explains 95 % of the increase (2.9×) and path /a 84 % (85×)."),
            "\(result.sentence)")
    }

    @Test func `an interval that hides a change says why it is so wide`() throws {
        // Of twenty minutes the first ten are not covered, the others come in two bursts.
        func bursts(_ start: Int) -> WindowAggregate {
            var recording = TrafficRecording(minutes: start + 20)
            for minute in [start + 12, start + 17] {
                recording.add(.client, "192.0.2.1", minute, 1000)
                recording.totals[minute] += 1000
            }
            var window = recording.aggregate(start..<(start + 20))
            window.exposure /= 2
            return window
        }
        let result = try Self.compare(bursts(0), Self.window(20, [.client: ["192.0.2.1": 400]], total: 400))
        #expect(result.total.direction == .same)
        #expect(
            result.sentence.contains(
                "so wide an interval can hide a change: the minutes of a window vary much and the "
                    + "evidence covers 50 % of the window before."), "\(result.sentence)")
        let steady = try Self.compare(Self.window(0, Self.paths, total: 200), Self.window(15, Self.paths, total: 200))
        #expect(!steady.sentence.contains("so wide"), "\(steady.sentence)")
    }

    @Test func `a filter that nothing matches is all there is to say`() throws {
        let result = try Self.compare(Self.window(0, [:], total: 0), Self.window(15, [:], total: 0)) {
            $0.filters = ["client 10.9.9.9"]
            $0.restrictsClients = true
        }
        #expect(
            result.sentence == "No requests that match the filter (client 10.9.9.9) were seen in either window.")
        #expect(result.caveats.isEmpty)
    }

    @Test func `where nothing was before what nearly all has in common is told`() throws {
        let during: Rates = [.client: ["a": 95, "b": 5], .path: ["/a": 40, "/b": 60]]
        let result = try Self.compare(Self.window(0, [:], total: 0), Self.window(15, during, total: 100))
        #expect(result.sentence.contains("Nearly all of them are of client a (95 %)."), "\(result.sentence)")
        #expect(!result.sentence.contains("Everybody"), "\(result.sentence)")
    }

    // MARK: - Active and long

    private static func held(_ start: Int, _ count: Int64, long: Bool) -> WindowAggregate {
        var window = window(start, [.client: ["192.0.2.9": count, "192.0.2.1": 100]], total: count + 100)
        guard long, let client = IPAddress("192.0.2.9") else { return window }
        window.longClients = [
            .init(client: client, long: 2, longest: 600_000_000_000, isCensored: false, openInWindow: 2)
        ]
        return window
    }

    @Test func `a client that other evidence is asked about is named once at least`() throws {
        let result = try Self.compare(Self.held(0, 2, long: false), Self.held(15, 200, long: true)) {
            $0.tellsActiveLong = false
        }
        #expect(result.activeLong.map(\.clientIP) == ["192.0.2.9"])
        #expect(result.sentence.contains("192.0.2.9"), "\(result.sentence)")
    }

    @Test func `connections that are hidden are not denied`() throws {
        let result = try Self.compare(Self.held(0, 50, long: false), Self.held(15, 200, long: false)) {
            $0.hiddenConnections = "a capture behind a load balancer"
        }
        #expect(
            result.sentence.contains(
                "Who holds connections longer than 5 min cannot be told from a capture behind a load balancer."),
            "\(result.sentence)")
    }

    @Test func `without rows it is not known what was open before`() throws {
        let result = try Self.compare(Self.held(0, 50, long: false), Self.held(15, 200, long: true)) {
            $0.lacksRows = true
        }
        let client = try #require(result.activeLong.first)
        #expect(client.hadLongBefore == .unknown && client.longOpenInBefore == nil && client.longBefore == 0)
        #expect(result.sentence.contains("keeps too few rows to tell whether that is new"), "\(result.sentence)")
    }
}
