import Forensics
import ForensicsIngest
import ForensicsModel
import Foundation
import Testing

/// The files of `capture --ring`: within their budget however often the capture is started, whole on whatever disk.
@Suite struct EvidenceRingTests {
    private static let budget: Int64 = 1 << 20
    private static let start = Timestamp(nanoseconds: 1_773_739_200_000_000_000)  // 2026-03-17T09:20:00Z

    private static func ring(
        _ folder: Folder, interface: String = "eth0", run: Int64 = 0, note: @escaping (String) -> Void = { _ in }
    ) throws -> EvidenceRing {
        let ring = try EvidenceRing(
            folder: folder.path("ring"), interface: interface, size: budget, linkType: 1, snapLength: 65_535, note: note
        )
        let name = "\(interface)-\(start.nanoseconds / 1_000_000_000 + run)"
        #expect(ring.begin(run: name, source: "live:run\(run)", at: start))
        return ring
    }

    /// Packets of 1000 bytes, a millisecond apart.
    private static func batch(_ records: ClosedRange<UInt32>, from time: Timestamp = start) -> FrameBatch {
        var batch = FrameBatch()
        for record in records {
            batch.frames.append(
                FrameHeader(
                    position: batch.bytes.count, capturedLength: 1000, originalLength: 1000,
                    time: time.advanced(by: Int64(record) * 1_000_000), record: record, offset: 0, linkType: 1,
                    interface: 0, captureDirection: 0))
            batch.bytes += [UInt8](repeating: UInt8(truncatingIfNeeded: record), count: 1000)
        }
        return batch
    }

    private static func sizes(_ folder: Folder) throws -> [String: Int] {
        var sizes: [String: Int] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path("ring")) {
            sizes[name] = try Data(contentsOf: URL(fileURLWithPath: folder.path("ring/\(name)"))).count
        }
        return sizes
    }

    @Test func `files of earlier runs make room for those of the next, and nothing else in the folder does`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let other = try Self.ring(folder, interface: "eth0-1")
        other.write(Self.batch(1...50), source: "live:run0")
        other.close()
        let foreign = ["mine.pcapng", "eth0-notes.pcapng", "eth0-12_1.pcapng", "eth0-12_000001.pcapng.gz"]
        for name in foreign { _ = try folder.file("ring/\(name)", Data("mine".utf8)) }
        for run in Int64(0)..<4 {
            let ring = try Self.ring(folder, run: run)
            for part in UInt32(0)..<8 {
                ring.write(Self.batch((part * 100 + 1)...(part * 100 + 100)), source: "live:run\(run)")
            }
            ring.close()
            #expect(ring.lost == 0)
            let sizes = try Self.sizes(folder)
            let kept = sizes.filter { $0.key.hasPrefix("eth0-17") }.values.reduce(0, +)
            // An eighth goes when a file begins, and 800 packets of 1000 bytes are most of the budget.
            #expect(kept <= Int(Self.budget) && kept > Int(Self.budget) * 6 / 8, "run \(run): \(kept)")
            for name in foreign { #expect(sizes[name] == 4, "\(name)") }
            #expect(sizes["eth0-1-1773739200_000001.pcapng"] != nil)
        }
        // The last run has 800 packets of 1032 bytes and the file headers; what is left is the end of the one before it.
        let runs = try Self.sizes(folder).keys.filter { $0.hasPrefix("eth0-17") }.map { $0.prefix(15) }
        #expect(Set(runs) == ["eth0-1773739202", "eth0-1773739203"])
    }

    @Test func `what of a ring cannot be read is told, and not that the ring does not have it`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let ring = try Self.ring(folder)
        ring.write(Self.batch(1...700), source: "live:run0")
        ring.close()
        for name in ["mine.pcapng", "notes.txt"] { _ = try folder.file("ring/\(name)", Data("mine".utf8)) }
        let whole = RingFolder(folder.path("ring"))
        #expect(whole.unread.isEmpty)
        let files = try whole.files(of: "live:run0")
        #expect(files.count > 2 && whole.lostPackets(of: "live:run0") == 0)
        #expect { try whole.files(of: "live:other") } throws: { ($0 as? ForensicsError)?.code == .noInput }
        // A link to itself: the superuser cannot read it either.
        let manager = FileManager.default
        try manager.removeItem(atPath: files[1].path)
        try manager.createSymbolicLink(atPath: files[1].path, withDestinationPath: files[1].path)
        let holed = RingFolder(folder.path("ring"))
        #expect(holed.unread.map(\.path) == [files[1].path])
        #expect(try holed.files(of: "live:run0") == [files[0]] + files[2...])
        #expect { try holed.files(of: "live:other") } throws: { ($0 as? ForensicsError)?.code == .io }
        let missing = RingFolder(folder.path("none"))
        #expect { try missing.files(of: "live:run0") } throws: { error in
            (error as? ForensicsError)?.message.contains("does not exist") == true
        }
    }

    @Test func `a folder that cannot be written loses packets by number, and is used again when it can`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        var notes: [String] = []
        let ring = try Self.ring(folder) { notes.append($0) }
        // Nobody can make a folder where a file is, root included.
        try FileManager.default.removeItem(atPath: folder.path("ring"))
        _ = try folder.file("ring", Data())
        // The packets of one second; no new file is tried for each.
        ring.write(Self.batch(1...900), source: "live:run0")
        ring.look(at: Self.start)
        #expect(ring.lost == 900)
        #expect(notes.count { $0.contains("evidence cannot be written") } == 1 && notes.count == 2, "\(notes)")
        try FileManager.default.removeItem(atPath: folder.path("ring"))
        ring.write(Self.batch(2001...2010), source: "live:run0")
        ring.close()
        #expect(ring.lost == 900)
        #expect(notes.count == 2)
        let sizes = try Self.sizes(folder)
        #expect(sizes.count == 1)
        #expect(try #require(sizes.values.first) > 10 * 1000)
    }

    @Test func `files that are removed are counted by their packets, and those that are moved keep theirs`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        var notes: [String] = []
        let ring = try Self.ring(folder) { notes.append($0) }
        // Of 131,072 bytes a file has 126 packets of 1032.
        ring.write(Self.batch(1...200), source: "live:run0")
        ring.look(at: Self.start)
        let files = try Self.sizes(folder).keys.sorted()
        #expect(files.count == 2 && notes.isEmpty)
        let kept = folder.path("kept.pcapng")
        try FileManager.default.moveItem(atPath: folder.path("ring/\(files[0])"), toPath: kept)
        try FileManager.default.removeItem(atPath: folder.path("ring/\(files[1])"))
        ring.look(at: Self.start)
        #expect(ring.lost == 74)
        #expect(notes.count == 1 && notes[0].contains("removed, and 74 packets"), "\(notes)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: kept)).count > 126 * 1032)
        // A new file, which says where it begins.
        ring.write(Self.batch(201...210), source: "live:run0")
        ring.close()
        let later = try Self.sizes(folder)
        #expect(later.count == 1 && ring.lost == 74)
        let name = try #require(later.keys.first)
        let text = String(
            decoding: try Data(contentsOf: URL(fileURLWithPath: folder.path("ring/\(name)"))), as: UTF8.self)
        #expect(text.contains("lbforensics ring of live:run0 from packet 201"))
    }

    @Test func `rings of one interface leave each other's files alone, and have different names`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let first = try Self.ring(folder)
        let second = try EvidenceRing(
            folder: folder.path("ring"), interface: "eth0", size: Self.budget, linkType: 1, snapLength: 65_535
        ) { _ in }
        let second0 = Self.start.nanoseconds / 1_000_000_000
        #expect(!second.begin(run: "eth0-\(second0)", source: "live:run0", at: Self.start))
        #expect(second.begin(run: "eth0-\(second0 + 1)", source: "live:run1", at: Self.start))
        for part in UInt32(0)..<12 {
            for (ring, source) in [(first, "live:run0"), (second, "live:run1")] {
                ring.write(Self.batch((part * 100 + 1)...(part * 100 + 100)), source: source)
            }
        }
        for ring in [first, second] {
            ring.close()
            #expect(ring.lost == 0)
        }
        let sizes = try Self.sizes(folder)
        for run in ["eth0-\(second0)_", "eth0-\(second0 + 1)_"] {
            let kept = sizes.filter { $0.key.hasPrefix(run) }.values.reduce(0, +)
            #expect(kept <= Int(Self.budget) && kept > Int(Self.budget) * 6 / 8, "\(run) \(kept)")
        }
    }

    @Test func `a run that sees no packet leaves no file`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let ring = try Self.ring(folder)
        #expect(try Self.sizes(folder).count == 1)
        ring.close()
        #expect(try Self.sizes(folder).isEmpty)
    }
}

extension EvidenceRing {
    fileprivate func write(_ batch: FrameBatch, source: String) {
        write(batch.frames, batch.bytes, source: source, leavingOut: [])
    }
}
