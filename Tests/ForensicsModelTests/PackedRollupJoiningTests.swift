import ForensicsModel
import Testing

@Suite struct PackedRollupJoiningTests {
    /// Requests over three minutes from a few clients with paths that need escaping, in two halves.
    private static func facts(_ range: Range<Int>) -> FactBatch {
        var batch = FactBatch()
        let paths = ["/", "/a\"b", "/back\\slash", "/{id}"].map { batch.texts.intern($0) }
        for number in range {
            let address = IPAddress(v4: 0x0A00_0000 + UInt32(number % 7))
            let client = number % 5 == 0 ? IPAddress(high: 0x2001_0DB8_0000_0000, low: UInt64(number % 3)) : address
            var exchange = Exchange(
                id: FactID(source: 1, record: UInt32(number + 1)), offset: UInt64(number), kind: .live,
                time: Timestamp(nanoseconds: Int64(number) * 1_800_000_000), client: Endpoint(client, 40_000))
            exchange.status = number % 11 == 0 ? 502 : 200
            exchange.pathTemplate = paths[number % 4]
            exchange.totalTime = Int64(number % 100) * 3_000_000
            exchange.bytesFromServer = UInt64(number) * 1000
            batch.exchanges.append(exchange)
            var connection = Connection(
                id: FactID(source: 1, record: UInt32(number + 1)), offset: UInt64(number), kind: .live,
                start: Timestamp(nanoseconds: Int64(number) * 1_700_000_000),
                end: Timestamp(nanoseconds: Int64(number) * 1_800_000_000), client: Endpoint(client, 40_000),
                server: Endpoint(IPAddress(v4: 0xC000_0201), 443))
            connection.duration = Int64(number) * 100_000_000
            batch.connections.append(connection)
        }
        return batch
    }

    private static func built(_ ranges: [Range<Int>]) -> RollupBuilder {
        var builder = RollupBuilder()
        for range in ranges { builder.add(facts(range)) }
        return builder
    }

    @Test(arguments: [1, 37, 99])
    func `roll-ups joined from parts are those of the whole`(cut: Int) throws {
        let first = Self.built([0..<cut]).packed()
        let second = Self.built([cut..<100]).packed()
        let whole = Self.built([0..<100]).packed()
        for expected in whole {
            func matches(_ other: PackedRollup) -> Bool {
                other.minute == expected.minute && other.dimension == expected.dimension
                    && other.healthChecks == expected.healthChecks
            }
            let parts = [first.first(where: matches), second.first(where: matches)].compactMap { $0 }
            let joined = parts.count == 2 ? try #require(parts[0].joined(with: parts[1])) : try #require(parts.first)
            #expect(joined == expected)
        }
    }

    @Test func `distributions joined from parts are those of the whole`() throws {
        let first = Self.built([0..<50]).packedDistributions()
        let second = Self.built([50..<100]).packedDistributions()
        let whole = Self.built([0..<100]).packedDistributions()
        #expect(!whole.isEmpty)
        for expected in whole {
            let parts = (first + second).filter {
                $0.minute == expected.minute && $0.measure == expected.measure
                    && $0.healthChecks == expected.healthChecks
            }
            let joined = parts.count == 2 ? try #require(parts[0].joined(with: parts[1])) : try #require(parts.first)
            #expect(joined == expected)
        }
    }

    @Test(arguments: ["", "[", "[[\"a\",1,2,3]]", "{}", "[[1,2,3,4,5,6]"])
    func `what is not the packed form is not joined`(json: String) {
        let broken = PackedRollup(minute: 1, dimension: 3, healthChecks: false, json: Array(json.utf8))
        let good = PackedRollup(minute: 1, dimension: 3, healthChecks: false, json: Array("[[\"a\",1,2,3,4,5]]".utf8))
        #expect(good.joined(with: broken) == nil)
        #expect(broken.joined(with: good) == nil)
    }

    @Test func `counts of a case that somebody edited do not overflow`() throws {
        let most = "\(Int64.max)"
        let edited = PackedDistribution(
            minute: 1, measure: .totalTime, healthChecks: false, count: UInt64(Int64.max), p50: 0, p95: 0, p99: 0,
            maximum: .max, sum: .max, json: Array("[[1,\(most)],[1,\(most)],[1,\(most)]]".utf8))
        let joined = try #require(edited.joined(with: edited))
        #expect(joined.sum == .max && joined.maximum == .max)
    }
}
