import ForensicsModel
import ForensicsStore
import Foundation

/// The files of an interface's rings in a folder, oldest first: those of the run at hand and of runs that have ended.
///
/// A capture holds a claim on each of its files as long as it runs (`SharedFile.claim`): what another one keeps in the same folder
/// is neither counted nor removed.
struct RingFiles {
    private struct File {
        var url: URL
        var size: Int64
        /// The claim on a file of the run at hand, and how many packets were written to it.
        var claim: FileHandle?
        var packets: UInt64 = 0
    }

    private let folder: URL
    private var files: [File] = []

    /// Finds what earlier runs on the interface have left; everything else in the folder is somebody else's.
    init(in folder: URL, interface: String) {
        self.folder = folder
        let known = Self.names(in: folder).compactMap { name -> (start: UInt64, number: UInt64, name: String)? in
            guard let place = Self.place(name, interface: interface) else { return nil }
            return (place.start, place.number, name)
        }
        for file in known.sorted(by: { ($0.start, $0.number) < ($1.start, $1.number) }) {
            let url = folder.appendingPathComponent(file.name)
            if SharedFile.isClaimed(url.path) { continue }
            let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
            files.append(File(url: url, size: (attributes?[.size] as? NSNumber)?.int64Value ?? 0))
        }
    }

    private static func names(in folder: URL) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    }

    /// Whether there are files of a run, whoever keeps them.
    func hold(run: String) -> Bool { Self.names(in: folder).contains { $0.hasPrefix(run + "_") } }

    /// `RUN_000001.pcapng`.
    static func name(of run: String, _ number: Int) -> String {
        "\(run)_\(DecimalText.padded(number, 6)).pcapng"
    }

    /// The second in which a file's run began, and the file's number in it; `nil` for what is no file of the interface.
    static func place(_ name: String, interface: String) -> (start: UInt64, number: UInt64)? {
        guard name.hasPrefix(interface + "-"), name.hasSuffix(".pcapng") else { return nil }
        let parts = name.dropFirst(interface.count + 1).dropLast(7).split(
            separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].count >= 6, parts.allSatisfy({ $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } }),
            let start = UInt64(parts[0]), let number = UInt64(parts[1])
        else { return nil }
        return (start, number)
    }

    /// Removes the oldest until another file of that size fits.
    mutating func makeRoom(for size: Int64, within budget: Int64) {
        var total = files.reduce(0) { $0 + $1.size }
        while total + size > budget, let oldest = files.first {
            // One that was being made when the run began may be another's after all.
            if oldest.claim != nil || !SharedFile.isClaimed(oldest.url.path) {
                try? FileManager.default.removeItem(at: oldest.url)
            }
            total -= oldest.size
            files.removeFirst()
        }
    }

    /// Makes a file of the run at hand, whose size is told when it ends, and the folder where that is missing.
    ///
    /// - Returns: what to write to; it stays claimed until the file makes room for others.
    mutating func make(run: String, _ number: Int) -> SharedFile.Claim {
        let url = folder.appendingPathComponent(Self.name(of: run, number))
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let claim = SharedFile.claim(url.path, permissions: 0o600)
        if case .made(let handle) = claim { files.append(File(url: url, size: 0, claim: handle)) }
        return claim
    }

    /// Removes a file that holds nothing.
    mutating func removeLast() {
        if let last = files.popLast() { try? FileManager.default.removeItem(at: last.url) }
    }

    /// What the file has that was made last.
    mutating func setLast(size: Int64, packets: UInt64) {
        guard !files.isEmpty else { return }
        files[files.count - 1].size = size
        files[files.count - 1].packets = packets
    }

    /// Forgets the files of the run at hand that are no longer where they were made.
    ///
    /// - Returns: how many packets were removed with some, and whether the one that was made last is among them all.
    mutating func forgetGone() -> (removed: UInt64, isLastGone: Bool) {
        var removed: UInt64 = 0
        let last = files.last?.url
        files.removeAll { file in
            guard let claim = file.claim else { return false }
            let place = SharedFile.place(of: claim, at: file.url.path)
            if place == .removed { removed += file.packets }
            return place != .here
        }
        return (removed, files.last?.url != last)
    }
}
