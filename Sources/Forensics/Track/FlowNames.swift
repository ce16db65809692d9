import ForensicsModel

/// The names of interfaces and reasons that rows of flow logs bear: one number each, whatever batch names them.
struct FlowNames {
    private var names = TextTable()
    /// By number: what `details` of a connection on the interface says, itself one of the names; `nil` until it is asked for.
    private var described: [TextID?] = []
    /// By the ids of the batch that is taken.
    private var numbers: [TextID] = []
    /// By number: the ids in the batch that is given out; none until it is asked for.
    private var locals: [TextID] = []

    /// Begins a batch that is taken.
    mutating func begin(_ texts: borrowing TextTable) {
        numbers.removeAll(keepingCapacity: true)
        numbers.append(.none)
        for id in 0..<texts.count { numbers.append(names.adopt(TextID(rawValue: UInt32(id + 1)), of: texts)) }
    }

    /// The number of a text of the batch that is taken.
    @inline(__always)
    func number(_ id: TextID) -> TextID { numbers[Int(id.rawValue)] }

    /// Begins a batch that is given out.
    mutating func beginGiving() { locals.removeAll(keepingCapacity: true) }

    /// The text with a number.
    @inline(__always)
    mutating func text(_ number: TextID, in texts: inout TextTable) -> TextID {
        if number.isNone { return .none }
        let place = Int(number.rawValue)
        if place < locals.count, !locals[place].isNone { return locals[place] }
        return add(number, to: &texts)
    }

    /// `{"interface-id":"eni-…"}`. Names of interfaces hold nothing that JSON escapes; one that does is left out.
    @inline(__always)
    mutating func details(_ interface: TextID, in texts: inout TextTable) -> TextID {
        if interface.isNone { return .none }
        let place = Int(interface.rawValue)
        if place < described.count, let known = described[place] { return text(known, in: &texts) }
        return text(describe(interface), in: &texts)
    }

    @inline(never)
    private mutating func add(_ number: TextID, to texts: inout TextTable) -> TextID {
        let missing = names.count + 1 - locals.count
        if missing > 0 { locals.append(contentsOf: repeatElement(.none, count: missing)) }
        let id = texts.adopt(number, of: names)
        locals[Int(number.rawValue)] = id
        return id
    }

    @inline(never)
    private mutating func describe(_ interface: TextID) -> TextID {
        let name = names.bytes(interface)
        var number = TextID.none
        if name.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }) {
            number = names.intern(Array("{\"interface-id\":\"".utf8) + name + Array("\"}".utf8))
        }
        let missing = names.count + 1 - described.count
        if missing > 0 { described.append(contentsOf: repeatElement(nil, count: missing)) }
        described[Int(interface.rawValue)] = number
        return number
    }
}
