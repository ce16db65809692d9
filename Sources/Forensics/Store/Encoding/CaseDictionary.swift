import ForensicsModel
import Synchronization

/// The texts, addresses and profiles of a case and their private numbers, shared by all encoders and the writer.
///
/// Encoders look their batch's distinct values up; what is new waits here until the writer stores it, which it does
/// before it stores any row that was encoded earlier. Numbers depend on the order of work and are never shown.
///
/// Bounded: at a bound a table is forgotten, not searched on disk. A value met again after that gets a second number,
/// which costs a row in a dictionary table and changes no view.
package final class CaseDictionary: Sendable {
    /// How much is remembered.
    struct Limits: Sendable {
        /// Bytes of texts.
        var textBytes = 48 << 20
        var texts = 1 << 20
        /// Profiles of one kind, and addresses.
        var profiles = 1 << 18

        /// What has its place in so much memory beside everything else: less below 512 MiB.
        init(memory: Int64) {
            let share = Double(min(max(memory, 0), 512 << 20)) / Double(512 << 20)
            textBytes = Int(Double(textBytes) * share)
            texts = Int(Double(texts) * share)
            profiles = Int(Double(profiles) * share)
        }
    }

    private let state: Mutex<State>

    init(nextIDs: NextIDs, limits: Limits) { state = Mutex(State(nextIDs: nextIDs, limits: limits)) }

    /// The first free number of each table.
    struct NextIDs: Sendable {
        var text: UInt32 = 1
        var address6: UInt32 = 1
        var profiles = [UInt32](repeating: 1, count: ProfileKind.allCases.count)
    }

    /// What the writer has yet to store.
    struct Pending: Sendable {
        var texts: [(id: UInt32, bytes: [UInt8])] = []
        var addresses: [(id: UInt32, address: IPAddress)] = []
        var profiles: [(kind: ProfileKind, id: UInt32, key: ProfileKey)] = []
        var bases: [(source: UInt32, base: Int64)] = []

        var isEmpty: Bool { texts.isEmpty && addresses.isEmpty && profiles.isEmpty && bases.isEmpty }
    }

    /// Returns the number of a text of a batch; 0 for none.
    func text(_ id: TextID, in texts: TextTable) -> UInt32 {
        if id.isNone { return 0 }
        let bytes = texts.bytes(id)
        return state.withLock { $0.text(bytes) }
    }

    func address(_ address: IPAddress) -> UInt32 { state.withLock { $0.address(address) } }

    func profile(_ kind: ProfileKind, _ key: ProfileKey) -> UInt32 { state.withLock { $0.profile(kind, key) } }

    /// The time that a source's times are counted from: the minute of the first time that any encoder met.
    func base(of source: UInt32, first: Timestamp) -> Int64 { state.withLock { $0.base(of: source, first: first) } }

    /// Bytes that came to wait for the writer since the last call, whoever added them.
    func takeNewBytes() -> Int {
        state.withLock { state in
            defer { state.newBytes = 0 }
            return state.newBytes
        }
    }

    func drain() -> Pending {
        state.withLock { state in
            let pending = state.pending
            if !pending.isEmpty { state.pending = Pending() }
            return pending
        }
    }

    /// Takes the bases that the case holds.
    func load(bases: [(source: UInt32, base: Int64)]) {
        state.withLock { state in
            for (source, base) in bases { state.bases[source] = base }
        }
    }

    /// Sets the first free numbers. Only before the first use.
    func start(at next: NextIDs) { state.withLock { $0.next = next } }

    /// Takes values that the case holds already.
    func load(texts: [(id: UInt32, bytes: [UInt8])]) {
        state.withLock { state in for (id, bytes) in texts { state.known(text: bytes, id: id) } }
    }

    func load(profiles: [(kind: ProfileKind, id: UInt32, key: ProfileKey)]) {
        state.withLock { state in for (kind, id, key) in profiles { state.profiles[kind.rawValue][key] = id } }
    }

    func load(addresses: [(id: UInt32, address: IPAddress)]) {
        state.withLock { state in for (id, address) in addresses { state.addresses[address] = id } }
    }

    private struct State: Sendable {
        var next: NextIDs
        let limits: Limits
        var pending = Pending()
        /// What was added to `pending` and not told yet; bytes.
        var newBytes = 0
        var bases: [UInt32: Int64] = [:]
        var profiles = [[ProfileKey: UInt32]](repeating: [:], count: ProfileKind.allCases.count)
        var addresses: [IPAddress: UInt32] = [:]
        private var texts = TextTable()
        /// The number of each text of `texts`, by its local id.
        private var textIDs: [UInt32] = [0]

        /// What a waiting text takes beside its bytes: its place, and an array's header.
        private static let textCost = 64

        init(nextIDs: NextIDs, limits: Limits) {
            next = nextIDs
            self.limits = limits
        }

        mutating func text(_ bytes: [UInt8]) -> UInt32 {
            let local = Int(texts.intern(bytes).rawValue)
            if local < textIDs.count { return textIDs[local] }
            let id = next.text
            next.text &+= 1
            textIDs.append(id)
            pending.texts.append((id, bytes))
            newBytes += bytes.count + Self.textCost
            if texts.byteCount > limits.textBytes || texts.count > limits.texts {
                texts = TextTable()
                textIDs = [0]
            }
            return id
        }

        mutating func known(text bytes: [UInt8], id: UInt32) {
            if Int(texts.intern(bytes).rawValue) == textIDs.count { textIDs.append(id) }
        }

        mutating func address(_ address: IPAddress) -> UInt32 {
            if let id = addresses[address] { return id }
            if addresses.count >= limits.profiles { addresses.removeAll(keepingCapacity: true) }
            let id = next.address6
            next.address6 &+= 1
            addresses[address] = id
            pending.addresses.append((id, address))
            newBytes += MemoryLayout<(UInt32, IPAddress)>.stride
            return id
        }

        mutating func profile(_ kind: ProfileKind, _ key: ProfileKey) -> UInt32 {
            let index = kind.rawValue
            if let id = profiles[index][key] { return id }
            if profiles[index].count >= limits.profiles { profiles[index].removeAll(keepingCapacity: true) }
            let id = next.profiles[index]
            next.profiles[index] &+= 1
            profiles[index][key] = id
            pending.profiles.append((kind, id, key))
            newBytes += MemoryLayout<(ProfileKind, UInt32, ProfileKey)>.stride
            return id
        }

        mutating func base(of source: UInt32, first: Timestamp) -> Int64 {
            if let base = bases[source] { return base }
            // Not below the first representable minute: a difference from it must not overflow at once.
            let minute = 60 * Timestamp.nanosecondsPerSecond
            let base = first.nanoseconds < Int64.min + minute ? 0 : first.bucket(width: minute)
            bases[source] = base
            pending.bases.append((source, base))
            return base
        }
    }
}
