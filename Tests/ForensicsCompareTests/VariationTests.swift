import ForensicsCompare
import ForensicsModel
import ForensicsTestSupport
import Testing

/// How much counts vary, where the events themselves, or who makes them, tell it.
@Suite struct VariationTests {
    private struct Minute {
        var totals = TrafficTotals()
        var values: [Dimension: [String: Int64]] = [:]
    }

    private static func window(
        _ start: Int64, _ minutes: [Minute], measure: RankMeasure = .requests
    ) -> WindowAggregate {
        let from = Timestamp(nanoseconds: TrafficModel.origin + start * TrafficModel.minute)
        let length = Int64(minutes.count) * TrafficModel.minute
        var window = WindowAggregate(
            window: TimeWindow(start: from, end: from.advanced(by: length)), exposure: length)
        var values: [Dimension: [String: [WindowAggregate.SeriesPoint]]] = [:]
        for (slot, minute) in minutes.enumerated() {
            window.totals.add(minute.totals)
            window.buckets.append(
                .init(start: from.nanoseconds + Int64(slot) * TrafficModel.minute, totals: minute.totals))
            for (dimension, counts) in minute.values {
                for (value, count) in counts where count > 0 {
                    values[dimension, default: [:]][value, default: []].append(
                        .init(minute: Int32(slot), count: count))
                }
            }
        }
        window.dimensions = values.mapValues { series in
            series.map { value, points in
                var activity = Activity()
                let sum = points.reduce(0) { $0 + $1.count }
                if measure == .bytes { activity.bytes = sum } else { activity.requests = sum }
                return .init(value: value, activity: activity, series: points)
            }
        }
        return window
    }

    /// Poisson counts of mean 200: from a table, so that nothing depends on a generator.
    private static let busy: [Int64] = [198, 211, 187, 205, 193, 220, 201, 176, 209, 196, 214, 203, 189, 199, 207]
    private static let failing: [Int64] = [12, 9, 15, 18, 11, 13, 7, 14, 16, 10, 12, 17, 13, 8, 14]

    private static func requests(_ count: Int64, failed: Int64 = 0) -> Minute {
        var minute = Minute()
        minute.totals.activity.requests = count
        minute.totals.activity.errors = failed
        minute.totals.serverErrors = failed
        minute.values = [.status: ["200": count - failed, "503": failed], .domain: ["shop.example": count]]
        return minute
    }

    /// Forty minutes in a row of a record of an hour and a half whose minutes have 30 times Poisson's variance and hardly hang
    /// together (correlation 0.2): two sums of twenty differ by some 7 % by chance. The first twenty happen to look like a wave.
    private static let wave: [Int64] = [
        980, 933, 1039, 1084, 814, 1066, 1431, 1313, 1159, 924, 1088, 1328, 1362, 1170, 1254, 995, 951, 1040, 1055,
        1290,
    ]
    private static let afterwards: [Int64] = [
        1070, 1058, 1205, 1106, 1232, 1308, 1174, 1140, 1049, 1344, 1330, 1461, 1190, 909, 1178, 955, 1062, 1078, 1002,
        1077,
    ]

    private static func total(_ before: [Int64], _ during: [Int64]) throws -> ComparisonResult.Total {
        try Comparison.compare(
            before: window(0, before.map { requests($0) }),
            during: window(Int64(before.count), during.map { requests($0) }), options: CompareOptions()
        ).total
    }

    @Test func `minutes during tell how a total varies where those before leave it open`() throws {
        let same = try Self.total(Self.wave, Self.afterwards)
        #expect(same.direction == .same)
        #expect((same.ratio.upper ?? 9) < 1.4 && (same.ratio.lower ?? 0) > 0.75, "\(same.ratio)")
        let flooded = try Self.total(Self.wave, Self.afterwards.map { $0 * 8 / 5 })
        #expect(flooded.direction == .rise && (flooded.ratio.lower ?? 0) > 1.2, "\(flooded.ratio)")
    }

    @Test func `a surge of five minutes does not make the total so restless that it hides itself`() throws {
        var during = Self.afterwards.map { $0 / 8 * 8 }
        for minute in 8..<13 { during[minute] *= 5 }
        let steady = (0..<20).map { Int64(1100 + $0 * 7 % 20) }
        #expect(try Self.total(steady, during).direction == .rise)
    }

    /// Eighty connections a minute for twenty minutes; in the eighth so many more at once, all of which fail.
    private static func connections(_ start: Int64, failed: Int64) -> WindowAggregate {
        window(
            start,
            (0..<20).map { place in
                var minute = Minute()
                let failed = place == 7 ? failed : 0
                minute.totals.activity.connections = 80 + failed
                minute.totals.activity.errors = failed
                return minute
            }, measure: .connections)
    }

    @Test(arguments: [(800, true), (180, true), (30, false)])
    func `connections that fail in a single burst are told if they are many`(failed: Int64, isTold: Bool) throws {
        var options = CompareOptions()
        options.measure = .connections
        let result = try Comparison.compare(
            before: Self.connections(0, failed: 0), during: Self.connections(20, failed: failed), options: options)
        let errors = try #require(result.changes.first { $0.name == "errors" })
        // One burst tells nothing of how they vary: the interval holds everything.
        #expect(errors.during == failed && errors.ratio.lower ?? 0 < 1.2)
        #expect(result.sentence.contains("errors appeared (\(failed),") == isTold, "\(result.sentence)")
    }

    @Test func `errors of one status are as certain by that status as by their class`() throws {
        let result = try Comparison.compare(
            before: Self.window(0, Self.busy.map { Self.requests($0) }),
            during: Self.window(15, zip(Self.busy, Self.failing).map { Self.requests($0 + $1, failed: $1) }),
            options: CompareOptions())
        let statuses = try #require(result.dimensions.first { $0.dimension == "status" })
        let status = try #require(statuses.values.first { $0.value == "503" })
        for name in ["status_5xx", "errors"] {
            let all = try #require(result.changes.first { $0.name == name })
            #expect(all.before == 0 && all.during == 189)
            #expect(all.ratio == status.ratio && all.pValue == status.pValue && all.dispersion == status.dispersion)
            // Clopper and Pearson of 0 against 189 at once: 0.025^(1/189) makes odds of 50.7.
            #expect((20...50.8).contains(all.ratio.lower ?? 0), "\(all.ratio)")
        }
    }

    @Test func `what all requests have is not who fails, however many connections there are beside them`() throws {
        func mixed(_ start: Int64, failed: Int64) -> WindowAggregate {
            var window = Self.window(
                start,
                Self.busy.map { count in
                    var minute = Self.requests(count, failed: failed)
                    minute.totals.activity.connections = 100
                    minute.values[.method] = ["GET": count]
                    minute.values[.path] = ["/a": count - 50, "/c/{id}": 50]
                    return minute
                })
            for (dimension, value) in [(Dimension.method, "GET"), (.path, "/c/{id}")] {
                guard let index = window.dimensions[dimension]?.firstIndex(where: { $0.value == value }) else {
                    continue
                }
                window.dimensions[dimension]?[index].activity.errors = failed * Int64(Self.busy.count)
            }
            return window
        }
        let result = try Comparison.compare(
            before: mixed(0, failed: 0), during: mixed(15, failed: 30), options: CompareOptions())
        #expect(result.failures?.leading.map(\.value) == ["/c/{id}"])
    }

    /// Half an hour of a quiet service: its minutes happen to go up and down slowly, each request is of another client.
    private static let wandering: [Int64] = [
        7, 5, 4, 4, 5, 4, 4, 5, 3, 1, 1, 2, 1, 1, 2, 2, 4, 4, 4, 2, 4, 3, 3, 5, 0, 7, 5, 7, 0, 3,
    ]
    private static func wandering(_ start: Int64, failed: Int64) -> WindowAggregate {
        var next = 0
        var window = window(
            start,
            wandering.map { total in
                var minute = requests(total + failed, failed: failed)
                var clients: [String: Int64] = failed > 0 ? ["203.0.113.7": failed] : [:]
                for _ in 0..<total {
                    clients["198.51.100.\(next * 7 % 80)", default: 0] += 1
                    next += 1
                }
                minute.values[.client] = clients
                return minute
            })
        if let index = window.dimensions[.client]?.firstIndex(where: { $0.value == "203.0.113.7" }) {
            window.dimensions[.client]?[index].activity.errors = failed * Int64(wandering.count)
        }
        return window
    }

    @Test func `errors that were never there are told although the total of a quiet service wanders`() throws {
        let result = try Comparison.compare(
            before: Self.wandering(0, failed: 0), during: Self.wandering(30, failed: 2), options: CompareOptions())
        // The total itself may have moved by chance, and says so.
        #expect(result.total.dispersion > 4)
        #expect(
            result.sentence.contains("5xx responses (nearly all 503) appeared (60, 37 % of requests)"),
            "\(result.sentence)")
        #expect(result.sentence.contains("Of the new errors client 203.0.113.7 makes 100 %."), "\(result.sentence)")
        let statuses = try #require(result.dimensions.first { $0.dimension == "status" })
        let clients = try #require(result.dimensions.first { $0.dimension == "client" })
        let status = try #require(statuses.values.first { $0.value == "503" })
        let client = try #require(clients.values.first { $0.value == "203.0.113.7" })
        #expect(status.passesGate && client.passesGate)
        // Nobody else's requests bear on either: what is known of both is how a client varies.
        #expect(status.ratio == client.ratio)
    }

    /// The errors of all, and of a path that began to fail, minute by minute: 19 with 6 of the path, then 232 with 218.
    private static let quiet: [Int64] = [1, 0, 1, 2, 3, 2, 2, 3, 0, 1, 2, 0, 0, 1, 1]
    private static let quietPath: [Int64] = [1, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
    private static let broken: [Int64] = [17, 16, 13, 16, 14, 8, 18, 15, 15, 21, 18, 10, 10, 25, 16]
    private static let brokenPath: [Int64] = [16, 15, 11, 16, 13, 7, 18, 15, 15, 17, 17, 10, 10, 22, 16]

    /// A fourth of the requests are of the path; the errors of values have no minutes, as in roll-ups.
    private static func partlyFailing(_ start: Int64, _ failed: [Int64], of path: [Int64]) -> WindowAggregate {
        var window = window(
            start,
            zip(busy, failed).map { total, failed in
                var minute = requests(total, failed: failed)
                minute.values[.path] = ["/a": total - total / 4, "/c/{id}": total / 4]
                return minute
            })
        func add(_ value: String, _ errors: Int64) {
            let index = window.dimensions[.path]?.firstIndex { $0.value == value } ?? 0
            window.dimensions[.path]?[index].activity.errors = errors
        }
        add("/c/{id}", path.reduce(0, +))
        add("/a", failed.reduce(0, +) - path.reduce(0, +))
        return window
    }

    @Test func `errors have one interval wherever they are told, and who makes them is told by it`() throws {
        let result = try Comparison.compare(
            before: Self.partlyFailing(0, Self.quiet, of: Self.quietPath),
            during: Self.partlyFailing(15, Self.broken, of: Self.brokenPath), options: CompareOptions())
        let errors = try #require(result.changes.first { $0.name == "errors" })
        let failures = try #require(result.failures)
        #expect(errors.before == 19 && errors.during == 232)
        #expect(failures.total.ratio == errors.ratio && failures.total.pValue == errors.pValue)
        #expect(failures.total.dispersion == errors.dispersion)
        // The path makes 218 − 6 of 232 − 19.
        #expect(failures.leading.map(\.value) == ["/c/{id}"])
        #expect(abs((failures.leading.first?.shareOfChange ?? 0) - 212.0 / 213) < 1e-9)
        #expect(result.sentence.contains("Of the new errors path /c/{id} makes 100 %."), "\(result.sentence)")
    }

    /// Twenty minutes of two domains, each with a part of the requests that fail, and a client of a third one.
    private static func domains(
        _ start: Int64, _ counts: [(name: String, requests: Int64, failed: Int64)]
    ) -> WindowAggregate {
        var window = window(
            start,
            (0..<20).map { slot in
                let sway: Int64 = slot % 2 == 0 ? 1 : -1
                var minute = requests(
                    counts.reduce(0) { $0 + $1.requests } + sway, failed: counts.reduce(0) { $0 + $1.failed })
                minute.values[.domain] = Dictionary(uniqueKeysWithValues: counts.map { ($0.name, $0.requests) })
                return minute
            })
        for (name, _, failed) in counts {
            guard let index = window.dimensions[.domain]?.firstIndex(where: { $0.value == name }) else { continue }
            window.dimensions[.domain]?[index].activity.errors = failed * 20
        }
        return window
    }

    @Test func `a surge beside errors of everybody makes nobody the one who fails`() throws {
        let quiet: [(name: String, requests: Int64, failed: Int64)] = [("www", 60, 0), ("api", 40, 0)]
        func told(_ during: [(name: String, requests: Int64, failed: Int64)]) throws -> [String] {
            let result = try Comparison.compare(
                before: Self.domains(0, quiet), during: Self.domains(20, during), options: CompareOptions())
            return try #require(result.failures).leading.map(\.value)
        }
        // A fifth of each fails; somebody healthy makes half of all requests.
        #expect(try told([("www", 60, 12), ("api", 40, 8), ("shop", 100, 0)]) == [])
        #expect(try told([("www", 60, 0), ("api", 40, 20), ("shop", 100, 0)]) == ["api"])
        // The surge itself fails.
        #expect(try told([("www", 60, 0), ("api", 40, 0), ("shop", 100, 20)]) == ["shop"])
    }

    @Test func `who makes the errors does not depend on how many values are listed`() throws {
        // Four hundred clients make an error each in the window, one makes 120 of the 520 in every 68th request.
        func window(_ start: Int64, failing: Bool) -> WindowAggregate {
            var window = Self.window(
                start,
                (0..<20).map { slot in
                    var minute = Self.requests(406, failed: failing ? 26 : 0)
                    var clients = Dictionary(
                        uniqueKeysWithValues: (0..<400).map { ("198.51.\($0 / 200).\($0 % 200)", Int64(1)) })
                    clients["203.0.113.9"] = 6
                    minute.values[.client] = clients
                    return minute
                })
            for index in window.dimensions[.client, default: []].indices where failing {
                let isBad = window.dimensions[.client, default: []][index].value == "203.0.113.9"
                window.dimensions[.client, default: []][index].activity.errors = isBad ? 120 : 1
            }
            return window
        }
        let found = try [1, 10, 1000].map { limit in
            var options = CompareOptions()
            options.limit = limit
            let result = try Comparison.compare(
                before: window(0, failing: false), during: window(20, failing: true), options: options)
            return try #require(result.failures).leading.map(\.value)
        }
        #expect(found[0] == found[1] && found[1] == found[2], "\(found)")
        #expect(found[0] == ["203.0.113.9"], "\(found)")
    }

    @Test func `a target that fails wholly is told though a few errors before vary much`() throws {
        // Those before come in bursts, and look as if they always could.
        let before: [Int64] = [0, 0, 3, 0, 0, 4, 0, 0, 0, 3]
        let during: [Int64] = [8, 16, 5, 13, 9, 17, 6, 15, 11, 19]
        func window(_ start: Int64, _ failed: [Int64], of target: Int64) -> WindowAggregate {
            var window = Self.window(
                start,
                failed.map { failed in
                    var minute = Self.requests(40, failed: failed)
                    minute.values[.target] = [
                        "10.0.9.1:80": 10, "10.0.9.2:80": 10, "10.0.9.3:80": 10, "10.0.9.4:80": 10,
                    ]
                    return minute
                })
            let all = failed.reduce(0, +)
            for index in window.dimensions[.target, default: []].indices {
                let value = window.dimensions[.target, default: []][index].value
                window.dimensions[.target, default: []][index].activity.errors =
                    value == "10.0.9.2:80" ? target : (all - target) / 3
            }
            return window
        }
        for measure in [RankMeasure.requests, .errors] {
            var options = CompareOptions()
            options.measure = measure
            let result = try Comparison.compare(
                before: window(0, before, of: 1), during: window(10, during, of: 110), options: options)
            #expect(result.failures?.leading.map(\.value) == ["10.0.9.2:80"], "\(measure)")
            #expect(result.sentence.contains("arget 10.0.9.2:80"), "\(result.sentence)")
            #expect(!result.sentence.contains("cannot be told"), "\(result.sentence)")
        }
    }

    @Test func `counted by errors, who makes them has the interval that the dimension gives`() throws {
        func byErrors(_ start: Int64, _ failed: [Int64], _ path: [Int64]) -> WindowAggregate {
            var window = Self.partlyFailing(start, failed, of: path)
            for (value, counts) in [("/a", zip(failed, path).map { $0 - $1 }), ("/c/{id}", path)] {
                let index = window.dimensions[.path]?.firstIndex { $0.value == value } ?? 0
                window.dimensions[.path]?[index].series = counts.enumerated().filter { $0.element > 0 }.map {
                    .init(minute: Int32($0.offset), count: $0.element)
                }
            }
            return window
        }
        var options = CompareOptions()
        options.measure = .errors
        let result = try Comparison.compare(
            before: byErrors(0, Self.quiet, Self.quietPath), during: byErrors(15, Self.broken, Self.brokenPath),
            options: options)
        let paths = try #require(result.dimensions.first { $0.dimension == "path" })
        let path = try #require(paths.values.first { $0.value == "/c/{id}" })
        let maker = try #require(result.failures?.leading.first)
        #expect(maker.value == path.value && maker.ratio == path.ratio && maker.pValue == path.pValue)
        #expect(result.failures?.total.ratio == result.total.ratio)
    }

    @Test func `a value that is all there is has the interval of the total`() throws {
        let slow = Self.busy.enumerated().map { Self.requests($1 + ($0 < 7 ? 60 : 0)) }
        let result = try Comparison.compare(
            before: Self.window(0, slow), during: Self.window(15, Self.busy.map { Self.requests($0 * 5 / 4) }),
            options: CompareOptions())
        for name in ["domain", "status"] {
            let dimension = try #require(result.dimensions.first { $0.dimension == name })
            let sole = try #require(dimension.values.first)
            #expect(sole.ratio == result.total.ratio && sole.pValue == result.total.pValue)
            #expect(sole.dispersion == result.total.dispersion)
        }
        let requests = try #require(result.changes.first { $0.name == "requests" })
        #expect(requests.ratio == result.total.ratio && requests.pValue == result.total.pValue)
    }

    @Test func `a pool of one series says nothing beside that series`() {
        let start = Timestamp(nanoseconds: TrafficModel.origin)
        let window = TimeWindow(start: start, end: start.advanced(by: 15 * TrafficModel.minute))
        let series = MinuteGrid(WindowAggregate(window: window, exposure: window.length)).series(
            Self.failing.enumerated().map { .init(minute: Int32($0.offset), count: $0.element * $0.element) })
        let pool = Dispersion.pool([series], floor: 1)
        let own = pool.shrunk(series, meanOverall: 175)
        #expect(abs(own.factor - pool.dispersion.factor) < 1e-9 * own.factor)
        #expect(abs(own.degrees - pool.dispersion.degrees) < 1e-9 * own.degrees)
    }

    @Test func `bytes vary at least as independent events of their sizes do`() throws {
        // Ninety events of 10 and ten of 100 a minute: E[x²]/E[x] = 109,000/1,900.
        var minute = Minute()
        minute.totals.activity.requests = 100
        minute.totals.activity.bytes = 1900
        minute.values = [.client: ["192.0.2.1": 900, "192.0.2.2": 1000]]
        var windows = [0, 15].map {
            Self.window($0, [Minute](repeating: minute, count: 15), measure: .bytes)
        }
        for index in windows.indices {
            var sizes = LogLinearHistogram()
            sizes.add(10, count: 90 * 15)
            sizes.add(100, count: 10 * 15)
            windows[index].distributions[.bytesFromServer] = sizes
        }
        var options = CompareOptions()
        options.measure = .bytes
        let result = try Comparison.compare(before: windows[0], during: windows[1], options: options)
        let expected = 109_000.0 / 1_900
        #expect(abs(result.total.dispersion - expected) < 1e-9)
        let clients = try #require(result.dimensions.first { $0.dimension == "client" })
        #expect(clients.values.allSatisfy { abs($0.dispersion - expected) < 1e-9 })
    }

    /// Fifteen minutes of a thousand events of 1,000 bytes each; beside them a client's.
    ///
    /// - Parameters:
    ///   - clients: whose the thousand events are, in bytes a minute.
    ///   - earlier: that the client sent so much before too, in one event.
    private static func answer(
        beside sizes: [Int64], of clients: [String: Int64] = ["192.0.2.1": 400_000, "192.0.2.2": 600_000],
        earlier: Int64 = 0
    ) throws -> ComparisonResult {
        var histogram = LogLinearHistogram()
        histogram.add(1000, count: 15_000)
        func minute(_ more: Int64, _ events: Int64) -> Minute {
            var minute = Minute()
            minute.totals.activity.requests = 1000 + events
            minute.totals.activity.bytes = 1_000_000 + more
            minute.values = [.client: clients.merging(["192.0.2.9": more]) { $1 }]
            return minute
        }
        let first = earlier > 0 ? minute(earlier, 1) : minute(0, 0)
        var before = window(0, [first] + [Minute](repeating: minute(0, 0), count: 14), measure: .bytes)
        before.distributions[.bytesFromServer] = histogram
        let parts = (0..<15).map { slot in sizes.indices.filter { $0 % 15 == slot }.map { sizes[$0] } }
        var during = window(15, parts.map { minute($0.reduce(0, +), Int64($0.count)) }, measure: .bytes)
        for size in sizes { histogram.add(size) }
        during.distributions[.bytesFromServer] = histogram
        var options = CompareOptions()
        options.measure = .bytes
        return try Comparison.compare(before: before, during: during, options: options)
    }

    @Test func `a few large downloads accuse nobody, the same bytes in many requests do`() throws {
        let few = try Self.answer(beside: [6_000_000, 6_000_000, 6_000_000])
        #expect(few.leading.isEmpty)
        let many = try Self.answer(beside: [Int64](repeating: 6_000, count: 3000))
        #expect(many.leading.first?.value == "192.0.2.9")
        #expect(many.leading.first?.change == 18_000_000)
    }

    @Test(arguments: [0, 90_000]) func `who sends many large amounts is told, whether or not it sent a little before`(
        earlier: Int64
    ) throws {
        // Two dozen amounts make a sum as certain as two dozen events do: one more or less is a twenty-fourth of it.
        let many = Dictionary(uniqueKeysWithValues: (0..<100).map { ("198.51.100.\($0)", Int64(10_000)) })
        let result = try Self.answer(
            beside: [Int64](repeating: 6_000_000, count: 24), of: many, earlier: earlier)
        #expect(result.leading.first?.value == "192.0.2.9", "\(result.sentence)")
        let clients = try #require(result.dimensions.first { $0.dimension == "client" })
        let own = try #require(clients.values.first { $0.value == "192.0.2.9" })
        // E[x²]/E[x] of all events: they vary as these do, and no more for what came before.
        let large = 24.0 * 6e6
        let expected = (24.0 * 36e12 + 30_000 * 1e6) / (large + 3e7)
        #expect(abs(own.dispersion / expected - 1) < 0.02, "\(own.dispersion) \(expected)")
    }

    @Test func `what many clients make is assumed to vary less than what one makes`() throws {
        // Forty clients of fifty requests a minute: a domain of five times as many has five clients at least.
        var minute = Minute()
        minute.totals.activity.requests = 2000
        minute.values = [
            .client: Dictionary(uniqueKeysWithValues: (0..<40).map { ("192.0.2.\($0)", 50) }),
            .domain: ["a.example": 250, "b.example": 50, "c.example": 1700],
        ]
        let five = [Minute](repeating: minute, count: 5)
        let result = try Comparison.compare(
            before: Self.window(0, five), during: Self.window(5, five), options: CompareOptions())
        func dispersion(_ dimension: String, _ value: String) throws -> Double {
            let section = try #require(result.dimensions.first { $0.dimension == dimension })
            return try #require(section.values.first { $0.value == value }).dispersion
        }
        // Groups of four, and a half squared over the number of clients for each request of a window.
        #expect(abs(try dispersion("domain", "a.example") - (4 + 0.25 / 5 * 1250)) < 1e-9)
        #expect(abs(try dispersion("domain", "b.example") - (4 + 0.25 * 250)) < 1e-9)
        // What all have in common remains: 15 %.
        #expect(abs(try dispersion("domain", "c.example") - (4 + 0.15 * 0.15 * 8500)) < 1e-9)
        let clients = try #require(result.dimensions.first { $0.dimension == "client" })
        #expect(clients.values.allSatisfy { abs($0.dispersion - (4 + 0.25 * 250)) < 1e-9 })
    }

    @Test func `beginnings that evidence never shows are not told as none`() throws {
        var minute = Minute()
        minute.totals.activity.connections = 10_000
        let windows = [0, 15].map { Self.window($0, [Minute](repeating: minute, count: 15)) }
        var options = CompareOptions()
        options.kind = .vpcFlow
        options.measure = .connections
        let result = try Comparison.compare(before: windows[0], during: windows[1], options: options)
        #expect(result.changes.contains { $0.name == "connections" })
        #expect(!result.changes.contains { $0.name == "opened" })
    }
}
