import Forensics
import ForensicsModel
import ForensicsStore
import Testing

/// The end of the evidence, where the last log objects of some nodes are not delivered yet.
@Suite struct LateObjectTests {
    private static let minute: Int64 = 60_000_000_000

    private static func time(_ minutes: Int64) -> Timestamp { Timestamp(nanoseconds: minutes * minute) }

    /// Objects of five minutes that end at some minutes, of a node or of a load balancer whose objects do not name it.
    private static func rows(_ ends: [Int64], _ node: String?, _ balancer: String = "app/shop/1") -> [Coverage] {
        ends.map { end in
            Coverage(
                source: 1, loadBalancer: balancer, node: node, from: time(end - 5), to: time(end), reason: nil)
        }
    }

    private static func late(_ rows: [Coverage]) -> LateObjects? { LateObjects(rows, interval: 5 * minute) }

    /// Ends of objects every five minutes up to one.
    private static func ends(_ last: Int64) -> [Int64] { stride(from: 5, through: last, by: 5).map { $0 } }

    @Test func `a node that ends one object before the others is late from there`() throws {
        let late = try #require(
            Self.late(Self.rows(Self.ends(40), "10.0.0.1") + Self.rows(Self.ends(35), "10.0.0.2")))
        #expect(late.window == TimeWindow(start: Self.time(35), end: Self.time(40)))
        #expect(late.names == ["app/shop/1 node 10.0.0.2"])
    }

    @Test func `nodes that end together are not late, and one that is silent for longer is gone`() {
        let first = Self.rows(Self.ends(60), "10.0.0.1")
        #expect(Self.late(first + Self.rows(Self.ends(60), "10.0.0.2")) == nil)
        #expect(Self.late(first + Self.rows(Self.ends(40), "10.0.0.2")) == nil)
        #expect(Self.late([]) == nil)
    }

    @Test func `a node that often has nothing to tell is not late`() {
        #expect(Self.late(Self.rows(Self.ends(60), "10.0.0.1") + Self.rows([5, 35, 50, 55], "10.0.0.2")) == nil)
    }

    @Test func `where names tell no node fewer objects than before are late`() throws {
        func late(_ last: Int) -> LateObjects? {
            Self.late(
                Self.rows(Self.ends(35) + Self.ends(35) + Self.ends(35), nil, "net/edge/1")
                    + Self.rows([Int64](repeating: 40, count: last), nil, "net/edge/1"))
        }
        #expect(try #require(late(1)).window == TimeWindow(start: Self.time(35), end: Self.time(40)))
        #expect(late(3) == nil && late(4) == nil)
    }
}
