import ForensicsCompare
import ForensicsModel
import ForensicsTestSupport
import Testing

/// Who makes most of a change, among values so restless that hardly anybody stands out.
@Suite struct MostOfAChangeTests {
    /// Twenty-five minutes: a hundred clients now and then, one that makes four hundred requests in one minute of each hour, and
    /// one large customer.
    private static func window(_ start: Int64, customer: Int64, everybody: Int64 = 1, job: Int64) -> WindowAggregate {
        var recording = TrafficRecording(minutes: 25)
        var random = SeededGenerator(seed: 7 + UInt64(start))
        func add(_ client: String, _ minute: Int, _ count: Int64) {
            recording.add(.client, client, minute, count)
            recording.totals[minute] += count
        }
        for minute in 0..<25 {
            for client in 0..<100 where random.uniform() < 0.15 {
                add("198.51.100.\(client + 1)", minute, everybody * (1 + Int64(random.uniform() * 30)))
            }
            add("192.0.2.7", minute, customer + Int64(random.uniform() * 8))
            if job > 0, minute == 20 { add("203.0.113.88", minute, job) }
        }
        var aggregate = recording.aggregate(0..<25)
        aggregate.dimensions[.clientNetwork] = nil
        let shift = start * TrafficModel.minute
        aggregate.window = TimeWindow(
            start: aggregate.window.start.advanced(by: shift), end: aggregate.window.end.advanced(by: shift))
        for index in aggregate.buckets.indices { aggregate.buckets[index].start += shift }
        return aggregate
    }

    @Test func `a customer who makes all of a rise is told, however restless other clients are`() throws {
        let result = try Comparison.compare(
            before: Self.window(0, customer: 60, job: 400), during: Self.window(30, customer: 500, job: 0),
            options: CompareOptions())
        #expect(result.total.direction == .rise)
        #expect(result.leading.map(\.value) == ["192.0.2.7"])
        #expect(result.sentence.contains("Client 192.0.2.7 explains"), "\(result.sentence)")
    }

    @Test func `a customer who was most of everything and makes all of a rise is told`() throws {
        // About 230 a minute are others'.
        let result = try Comparison.compare(
            before: Self.window(0, customer: 500, job: 400), during: Self.window(30, customer: 1100, job: 400),
            options: CompareOptions())
        #expect(result.total.direction == .rise)
        #expect(result.leading.map(\.value) == ["192.0.2.7"])
    }

    @Test func `where everybody rises the largest is not told, though it was most of everything`() throws {
        let result = try Comparison.compare(
            before: Self.window(0, customer: 500, job: 400),
            during: Self.window(30, customer: 1000, everybody: 2, job: 800), options: CompareOptions())
        #expect(result.leading.isEmpty, "\(result.leading)")
    }

    @Test func `where everybody rises the largest is not told`() throws {
        let result = try Comparison.compare(
            before: Self.window(0, customer: 60, job: 400),
            during: Self.window(30, customer: 240, everybody: 4, job: 400),
            options: CompareOptions())
        #expect(result.leading.isEmpty, "\(result.leading)")
    }
}
