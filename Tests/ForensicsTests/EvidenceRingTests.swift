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
        try EvidenceRing(
            folder: folder.path("ring"), interface: interface,
            run: "\(interface)-\(start.nanoseconds / 1_000_000_000 + run)",
            size: budget, linkType: 1, snapLength: 65_535, note: note)
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
        other.write(Self.batch(1...50), source: "live:other")
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
        ring.write(Self.batch(1...700), source: "live:run")
        ring.close()
        for name in ["mine.pcapng", "notes.txt"] { _ = try folder.file("ring/\(name)", Data("mine".utf8)) }
        let whole = RingFolder(folder.path("ring"))
        #expect(whole.unread.isEmpty)
        let files = try whole.files(of: "live:run")
        #expect(files.count > 2 && whole.lostPackets(of: "live:run") == 0)
        #expect { try whole.files(of: "live:other") } throws: { ($0 as? ForensicsError)?.code == .noInput }
        // A link to itself: the superuser cannot read it either.
        let manager = FileManager.default
        try manager.removeItem(atPath: files[1].path)
        try manager.createSymbolicLink(atPath: files[1].path, withDestinationPath: files[1].path)
        let holed = RingFolder(folder.path("ring"))
        #expect(holed.unread.map(\.path) == [files[1].path])
        #expect(try holed.files(of: "live:run") == [files[0]] + files[2...])
        #expect { try holed.files(of: "live:other") } throws: { ($0 as? ForensicsError)?.code == .io }
        let missing = RingFolder(folder.path("none"))
        #expect { try missing.files(of: "live:run") } throws: { error in
            (error as? ForensicsError)?.message.contains("does not exist") == true
        }
    }

    @Test func `a folder that cannot be written loses packets by number, and is used again when it can`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        var notes: [String] = []
        let ring = try Self.ring(folder) { notes.append($0) }
        try FileManager.default.removeItem(atPath: folder.path("ring"))
        // The packets of one second; no new file is tried for each.
        ring.write(Self.batch(1...900), source: "live:run")
        #expect(ring.lost == 900)
        #expect(notes.count == 1)
        try FileManager.default.createDirectory(atPath: folder.path("ring"), withIntermediateDirectories: false)
        ring.write(Self.batch(2001...2010), source: "live:run")
        ring.close()
        #expect(ring.lost == 900)
        #expect(notes.count == 1)
        let sizes = try Self.sizes(folder)
        #expect(sizes.count == 1)
        #expect(try #require(sizes.values.first) > 10 * 1000)
    }
}

extension EvidenceRing {
    fileprivate func write(_ batch: FrameBatch, source: String) {
        write(batch.frames, batch.bytes, source: source, leavingOut: [])
    }
}
