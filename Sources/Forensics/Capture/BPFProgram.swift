/// One instruction of the classic packet filter. Linux Documentation/networking/filter.rst; bpf(4).
package struct BPFInstruction: Sendable, Equatable {
    package var code: UInt16
    /// Instructions to skip if a condition holds, or does not.
    package var jumpTrue: UInt8
    package var jumpFalse: UInt8
    package var operand: UInt32

    package init(_ code: UInt16, _ operand: UInt32, jumpTrue: UInt8 = 0, jumpFalse: UInt8 = 0) {
        self.code = code
        self.operand = operand
        self.jumpTrue = jumpTrue
        self.jumpFalse = jumpFalse
    }
}

/// The instruction codes that are used: class, size, mode, operation and source joined.
enum BPFCode {
    static let loadWordIndirect: UInt16 = 0x40
    static let loadHalfAbsolute: UInt16 = 0x28
    static let loadHalfIndirect: UInt16 = 0x48
    static let loadByteAbsolute: UInt16 = 0x30
    static let loadByteIndirect: UInt16 = 0x50
    static let loadImmediate: UInt16 = 0x00
    static let loadIndexImmediate: UInt16 = 0x01
    static let loadIndexMemory: UInt16 = 0x61
    static let store: UInt16 = 0x02
    static let storeIndex: UInt16 = 0x03
    static let add: UInt16 = 0x04
    static let addIndex: UInt16 = 0x0C
    static let multiply: UInt16 = 0x24
    static let and: UInt16 = 0x54
    static let shiftLeft: UInt16 = 0x64
    static let shiftRight: UInt16 = 0x74
    static let xor: UInt16 = 0xA4
    static let xorIndex: UInt16 = 0xAC
    static let jump: UInt16 = 0x05
    static let jumpEqual: UInt16 = 0x15
    static let jumpGreaterOrEqual: UInt16 = 0x35
    static let returnConstant: UInt16 = 0x06
    static let transferToIndex: UInt16 = 0x07
}

/// A program for the kernel's filter: which packets of an interface are handed over at all.
package struct BPFProgram: Sendable, Equatable {
    /// What a program returns to accept a packet in any length.
    package static let wholePacket: UInt32 = 262_144

    package var instructions: [BPFInstruction]

    package init(_ instructions: [BPFInstruction]) { self.instructions = instructions }

    /// The program that accepts what this one accepts and `next` too.
    ///
    /// Programs only jump forward and end in returns: each return that accepts becomes a jump to the second program.
    package func joined(with next: BPFProgram) -> BPFProgram {
        var joined = instructions
        for index in joined.indices where joined[index].code == BPFCode.returnConstant && joined[index].operand != 0 {
            joined[index] = BPFInstruction(BPFCode.jump, UInt32(instructions.count - index - 1))
        }
        return BPFProgram(joined + next.instructions)
    }
}
