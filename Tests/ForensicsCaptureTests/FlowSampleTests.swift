import ForensicsCapture
import ForensicsModel
import Testing

/// Numbers that are the same in every run: SplitMix64.
private struct Numbers {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }
}

/// A frame of a random shape, and the same packet in the other direction.
private struct Shape {
    var frame: [UInt8] = []
    var reverse: [UInt8] = []

    init(_ numbers: inout Numbers, linkType: UInt16) {
        let isV6 = numbers.below(3) == 0
        let number = [6, 6, 6, 17, 17, 1, 58, 132, 44, 0][numbers.below(10)]
        let ends = (numbers.bytes(isV6 ? 16 : 4), numbers.bytes(isV6 ? 16 : 4))
        let ports = (numbers.bytes(2), numbers.bytes(2))
        let options = numbers.below(4) == 0 ? 4 * numbers.below(11) : 0
        let fragment = [0, 0, 0, 0, 0x4000, 0x2000, 0x00B9, 0x20B9][numbers.below(8)]
        let rest = numbers.bytes(20)
        let tags = linkType == 1 ? [0, 0, 0, 1, 2, 3][numbers.below(6)] : 0
        let link = Self.link(linkType, isV6, tags, &numbers)
        let cut = numbers.below(12) == 0 ? numbers.below(60) : .max
        func make(_ source: [UInt8], _ destination: [UInt8], _ ports: [UInt8]) -> [UInt8] {
            var ip: [UInt8]
            if isV6 {
                ip = [0x60, 0, 0, 0, 0, 24, UInt8(number), 64] + source + destination
            } else {
                ip = [UInt8(0x45 + options / 4), 0, 0, 44, 1, 2, UInt8(fragment >> 8), UInt8(fragment & 255), 64]
                ip += [UInt8(number), 0, 0] + source + destination
                ip += [UInt8](repeating: 1, count: options)
            }
            let frame = link + ip + ports + rest
            return Array(frame.prefix(cut))
        }
        frame = make(ends.0, ends.1, ports.0 + ports.1)
        reverse = make(ends.1, ends.0, ports.1 + ports.0)
    }

    private static func link(_ type: UInt16, _ isV6: Bool, _ tags: Int, _ numbers: inout Numbers) -> [UInt8] {
        let kind: [UInt8] = numbers.below(20) == 0 ? [0x08, 0x06] : isV6 ? [0x86, 0xDD] : [0x08, 0x00]
        switch type {
        case 1:
            var bytes = numbers.bytes(12)
            let tagTypes: [[UInt8]] = [[0x81, 0], [0x88, 0xA8], [0x91, 0]]
            for _ in 0..<tags { bytes += tagTypes[numbers.below(3)] + numbers.bytes(2) }
            return bytes + kind
        case 113: return numbers.bytes(14) + kind
        case 276: return kind + numbers.bytes(18)
        case 0: return numbers.bytes(4)
        default: return []
        }
    }
}

@Suite struct FlowSampleTests {
    @Test(arguments: [UInt16(1), 113, 276, 101, 0], [UInt32(2), 10, 37, 1000])
    func `libpcap runs the program and keeps exactly the frames that the function keeps`(
        linkType: UInt16, rate: UInt32
    ) throws {
        var numbers = Numbers(state: UInt64(linkType) << 32 | UInt64(rate))
        let sample = FlowSample(rate: rate, seed: UInt32(truncatingIfNeeded: numbers.next()))
        let layout = try #require(FlowSample.LinkLayout(linkType: linkType))
        let program = try #require(SamplingProgram.program(sample, linkType: linkType))
        var kept = 0
        for _ in 0..<10_000 {
            let shape = Shape(&numbers, linkType: linkType)
            let expected = CaptureFilter.accepts(program, shape.frame)
            let isKept = sample.keeps(shape.frame.span, 0..<shape.frame.count, layout)
            #expect(isKept == expected, "\(shape.frame)")
            if expected { kept += 1 }
        }
        #expect(kept > 0)
    }

    @Test(arguments: [UInt16(1), 113, 276, 101])
    func `both directions of a flow have the same hash`(linkType: UInt16) throws {
        var numbers = Numbers(state: 7)
        let layout = try #require(FlowSample.LinkLayout(linkType: linkType))
        let sample = FlowSample(rate: 10)
        var told = 0
        for _ in 0..<5000 {
            let shape = Shape(&numbers, linkType: linkType)
            let hash = sample.hash(shape.frame.span, 0..<shape.frame.count, layout)
            let reverse = sample.hash(shape.reverse.span, 0..<shape.reverse.count, layout)
            #expect(hash == reverse)
            if hash != nil { told += 1 }
        }
        #expect(told > 2500)
    }

    /// Clients of one block, on ports that follow one another, to one server: what real traffic looks like.
    @Test(arguments: 1...20)
    func `a sample of one in ten holds one in ten of the flows, whatever the seed`(seed: Int) throws {
        let layout = try #require(FlowSample.LinkLayout(linkType: 101))
        let sample = FlowSample(rate: 10, seed: UInt32(seed) &* 0x9E37_79B9)
        var kept = 0
        let flows = 20_000
        for flow in 0..<flows {
            let client = UInt8(truncatingIfNeeded: flow % 50)
            let port = 1024 + flow / 50
            let frame: [UInt8] =
                [0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, client, 10, 0, 1, 5]
                + [UInt8(port >> 8), UInt8(port & 255), 1, 187] + [UInt8](repeating: 0, count: 16)
            if sample.keeps(frame.span, 0..<frame.count, layout) { kept += 1 }
        }
        // Five standard deviations of a binomial with n = 20 000 and p = 0.1.
        #expect(abs(kept - flows / 10) < 212, "\(kept)")
    }

    @Test func `the flows of a smaller sample are in the larger one`() throws {
        var numbers = Numbers(state: 3)
        let layout = try #require(FlowSample.LinkLayout(linkType: 1))
        for _ in 0..<5000 {
            let frame = Shape(&numbers, linkType: 1).frame
            guard FlowSample(rate: 20).keeps(frame.span, 0..<frame.count, layout) else { continue }
            let isInLarger = FlowSample(rate: 10).keeps(frame.span, 0..<frame.count, layout)
            #expect(isInLarger)
        }
    }

    @Test func `all fragments of a datagram share the hash of their addresses`() throws {
        let layout = try #require(FlowSample.LinkLayout(linkType: 101))
        func fragment(_ field: UInt16, _ payload: [UInt8]) -> [UInt8] {
            [0x45, 0, 0, 28, 9, 9, UInt8(field >> 8), UInt8(field & 255), 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 7]
                + payload
        }
        let first = fragment(0x2000, [0, 53, 200, 1, 0, 0, 0, 0])
        let last = fragment(0x00B9, [1, 2, 3, 4, 5, 6, 7, 8])
        let sample = FlowSample(rate: 2)
        let hash = sample.hash(first.span, 0..<first.count, layout)
        #expect(hash != nil)
        let lastHash = sample.hash(last.span, 0..<last.count, layout)
        #expect(hash == lastHash)
    }
}
