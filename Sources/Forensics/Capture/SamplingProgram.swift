package import ForensicsModel

/// Writes `FlowSample.keeps` as a program for the kernel's filter: the packets of flows that are not in the sample are
/// never copied.
///
/// A load past the end of a packet ends a program with "no", which is what the function says of short packets.
package struct SamplingProgram {
    /// Memory of the program: where the link header's extra bytes, the ports and the first half of the hash are kept.
    private enum Memory {
        static let tags: UInt32 = 0
        static let sourcePort: UInt32 = 1
        static let destinationPort: UInt32 = 2
        static let firstHalf: UInt32 = 3
    }

    private enum Label: Hashable {
        case typeKnown, ipv4, ipv6, ports4, noPorts4, addresses4, noPorts6, addresses6, decide
    }

    private var instructions: [BPFInstruction] = []
    private var labels: [Label: Int] = [:]
    private var jumps: [(at: Int, label: Label, condition: Bool?)] = []
    private let sample: FlowSample
    private let layout: FlowSample.LinkLayout

    /// The program for frames of a link type, or `nil` if frames of it cannot be sampled.
    package static func program(_ sample: FlowSample, linkType: UInt16) -> BPFProgram? {
        guard let layout = FlowSample.LinkLayout(linkType: linkType) else { return nil }
        var maker = SamplingProgram(sample, layout)
        maker.write()
        return BPFProgram(maker.instructions)
    }

    private init(_ sample: FlowSample, _ layout: FlowSample.LinkLayout) {
        self.sample = sample
        self.layout = layout
    }

    private mutating func write() {
        writeType()
        let base = UInt32(layout.headerLength)
        writeIPv4(base)
        writeIPv6(base)
        resolve()
    }

    // MARK: Parts

    /// Leaves the offset of tags in the index register and jumps to the version of IP.
    private mutating func writeType() {
        add(BPFCode.loadIndexImmediate, 0)
        guard let type = layout.typePosition else {
            add(BPFCode.loadByteAbsolute, UInt32(layout.headerLength))
            add(BPFCode.shiftRight, 4)
            branch(ifEqual: 4, to: .ipv4)
            branch(ifEqual: 6, to: .ipv6)
            add(BPFCode.returnConstant, 0)
            return
        }
        add(BPFCode.loadHalfAbsolute, UInt32(type))
        if layout.hasTags {
            for tags in 1...FlowSample.tagLimit {
                // Any of the tag types goes on behind the jump.
                let types = FlowSample.tagTypes
                for (index, tagType) in types.enumerated() {
                    add(BPFCode.jumpEqual, tagType, jumpTrue: UInt8(types.count - index))
                }
                jump(to: .typeKnown)
                add(BPFCode.loadIndexImmediate, UInt32(4 * tags))
                add(BPFCode.loadHalfAbsolute, UInt32(type + 4 * tags))
            }
        }
        place(.typeKnown)
        branch(ifEqual: 0x0800, to: .ipv4)
        branch(ifEqual: 0x86DD, to: .ipv6)
        add(BPFCode.returnConstant, 0)
    }

    private mutating func writeIPv4(_ base: UInt32) {
        place(.ipv4)
        add(BPFCode.storeIndex, Memory.tags)
        add(BPFCode.loadHalfIndirect, base + 6)
        add(BPFCode.and, 0x3FFF)
        branch(unlessEqual: 0, to: .noPorts4)
        add(BPFCode.loadByteIndirect, base + 9)
        branch(ifEqual: 6, to: .ports4)
        branch(unlessEqual: 17, to: .noPorts4)
        place(.ports4)
        add(BPFCode.loadByteIndirect, base)
        add(BPFCode.and, 15)
        add(BPFCode.shiftLeft, 2)
        add(BPFCode.addIndex, 0)
        add(BPFCode.transferToIndex, 0)
        writePorts(base)
        add(BPFCode.loadIndexMemory, Memory.tags)
        jump(to: .addresses4)
        place(.noPorts4)
        writeNoPorts()
        place(.addresses4)
        add(BPFCode.loadWordIndirect, base + 12)
        writeMix(Memory.sourcePort)
        add(BPFCode.store, Memory.firstHalf)
        add(BPFCode.loadIndexMemory, Memory.tags)
        add(BPFCode.loadWordIndirect, base + 16)
        writeMix(Memory.destinationPort)
        writeDecision()
    }

    private mutating func writeIPv6(_ base: UInt32) {
        place(.ipv6)
        add(BPFCode.storeIndex, Memory.tags)
        add(BPFCode.loadByteIndirect, base + 6)
        add(BPFCode.jumpEqual, 6, jumpTrue: 1)
        branch(unlessEqual: 17, to: .noPorts6)
        writePorts(base + 40)
        jump(to: .addresses6)
        place(.noPorts6)
        writeNoPorts()
        place(.addresses6)
        writeFold(base + 8)
        writeMix(Memory.sourcePort)
        add(BPFCode.store, Memory.firstHalf)
        add(BPFCode.loadIndexMemory, Memory.tags)
        writeFold(base + 24)
        writeMix(Memory.destinationPort)
        writeDecision()
    }

    private mutating func writePorts(_ place: UInt32) {
        add(BPFCode.loadHalfIndirect, place)
        add(BPFCode.store, Memory.sourcePort)
        add(BPFCode.loadHalfIndirect, place + 2)
        add(BPFCode.store, Memory.destinationPort)
    }

    private mutating func writeNoPorts() {
        add(BPFCode.loadImmediate, 0)
        add(BPFCode.store, Memory.sourcePort)
        add(BPFCode.store, Memory.destinationPort)
    }

    /// Loads the four words of an address as one; the index register holds the tags before and is lost.
    private mutating func writeFold(_ place: UInt32) {
        let scratch: UInt32 = 4
        add(BPFCode.loadWordIndirect, place)
        for word: UInt32 in 1..<4 {
            add(BPFCode.multiply, 0x9E37_79B1)
            add(BPFCode.store, scratch)
            add(BPFCode.loadIndexMemory, Memory.tags)
            add(BPFCode.loadWordIndirect, place + 4 * word)
            add(BPFCode.loadIndexMemory, scratch)
            add(BPFCode.xorIndex, 0)
        }
    }

    /// `FlowSample.mixed` of the accumulator and a port; the index register is lost.
    private mutating func writeMix(_ port: UInt32) {
        add(BPFCode.xor, sample.seed)
        add(BPFCode.multiply, 0x9E37_79B1)
        writeShiftedXor(15)
        add(BPFCode.loadIndexMemory, port)
        add(BPFCode.addIndex, 0)
        add(BPFCode.multiply, 0x85EB_CA77)
        writeShiftedXor(13)
        add(BPFCode.multiply, 0xC2B2_AE3D)
    }

    private mutating func writeShiftedXor(_ bits: UInt32) {
        add(BPFCode.transferToIndex, 0)
        add(BPFCode.shiftRight, bits)
        add(BPFCode.xorIndex, 0)
    }

    private mutating func writeDecision() {
        add(BPFCode.loadIndexMemory, Memory.firstHalf)
        add(BPFCode.addIndex, 0)
        writeShiftedXor(16)
        add(BPFCode.multiply, 0x7FEB_352D)
        writeShiftedXor(15)
        add(BPFCode.multiply, 0x846C_A68B)
        writeShiftedXor(16)
        if sample.rate > 1 { add(BPFCode.jumpGreaterOrEqual, sample.threshold, jumpTrue: 1) }
        add(BPFCode.returnConstant, BPFProgram.wholePacket)
        if sample.rate > 1 { add(BPFCode.returnConstant, 0) }
    }

    // MARK: Assembling

    private mutating func add(_ code: UInt16, _ operand: UInt32, jumpTrue: UInt8 = 0) {
        instructions.append(BPFInstruction(code, operand, jumpTrue: jumpTrue))
    }

    private mutating func place(_ label: Label) { labels[label] = instructions.count }

    private mutating func jump(to label: Label) {
        jumps.append((instructions.count, label, nil))
        add(BPFCode.jump, 0)
    }

    private mutating func branch(ifEqual value: UInt32, to label: Label) {
        jumps.append((instructions.count, label, true))
        add(BPFCode.jumpEqual, value)
    }

    private mutating func branch(unlessEqual value: UInt32, to label: Label) {
        jumps.append((instructions.count, label, false))
        add(BPFCode.jumpEqual, value)
    }

    /// Fills in the distances; a conditional jump reaches 255 instructions, more than the whole program has.
    private mutating func resolve() {
        for jump in jumps {
            let distance = (labels[jump.label] ?? instructions.count) - jump.at - 1
            switch jump.condition {
            case .none: instructions[jump.at].operand = UInt32(distance)
            case .some(true): instructions[jump.at].jumpTrue = UInt8(clamping: distance)
            case .some(false): instructions[jump.at].jumpFalse = UInt8(clamping: distance)
            }
        }
    }
}
