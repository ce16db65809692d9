import Forensics
import ForensicsModel
import Testing

/// When an interface is looked at, and what is not known of while it does not run.
@Suite struct LinkWatchTests {
    private static func time(_ seconds: Double) -> Timestamp { Timestamp(nanoseconds: Int64(seconds * 1e9)) }

    /// A look as seconds from, to, and what changed.
    private static func told(_ look: LinkWatch.Look?) -> String? {
        look.map {
            "\(Double($0.hole.start.nanoseconds) / 1e9) \(Double($0.hole.end.nanoseconds) / 1e9) \($0.change)"
        }
    }

    @Test func `it is looked at twice a second while nothing comes, and not while packets do`() {
        var watch = LinkWatch(from: Self.time(0))
        var looks: [Double] = []
        for step in 1...40 {
            let now = Double(step) / 10
            _ = watch.look(at: Self.time(now), isSilent: now > 2) {
                looks.append(now)
                return true
            }
        }
        #expect(looks == [2.5, 3, 3.5, 4])
    }

    @Test func `what is not known goes from when it last ran until it is seen to run again`() {
        var watch = LinkWatch(from: Self.time(0))
        #expect(watch.look(at: Self.time(1), isSilent: true) { true } == nil)
        #expect(Self.told(watch.look(at: Self.time(2), isSilent: true) { false }) == "1.0 2.0 wentDown")
        #expect(Self.told(watch.look(at: Self.time(3), isSilent: true) { false }) == "1.0 3.0 none")
        #expect(Self.told(watch.look(at: Self.time(4), isSilent: true) { true }) == "1.0 4.0 cameUp")
        #expect(watch.look(at: Self.time(5), isSilent: true) { true } == nil)
        // A packet tells it too.
        #expect(Self.told(watch.look(at: Self.time(6), isSilent: true) { false }) == "5.0 6.0 wentDown")
        #expect(Self.told(watch.look(at: Self.time(6.1), isSilent: false) { false }) == "5.0 6.1 cameUp")
        #expect(watch.look(at: Self.time(6.2), isSilent: false) { false } == nil)
    }
}
