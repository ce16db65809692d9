import Foundation

/// The files of an interface's rings in a folder, oldest first: those of the run at hand and of runs before it.
struct RingFiles {
    private var files: [(url: URL, size: Int64)] = []

    /// Finds what earlier runs on the interface have left; everything else in the folder is somebody else's.
    init(in folder: URL, interface: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let known = names.compactMap { name -> (start: UInt64, number: UInt64, name: String)? in
            guard let place = Self.place(name, interface: interface) else { return nil }
            return (place.start, place.number, name)
        }
        for file in known.sorted(by: { ($0.start, $0.number) < ($1.start, $1.number) }) {
            let url = folder.appendingPathComponent(file.name)
            let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
            files.append((url, (attributes?[.size] as? NSNumber)?.int64Value ?? 0))
        }
    }

    /// Whether there are files of a run.
    func hold(run: String) -> Bool { files.contains { $0.url.lastPathComponent.hasPrefix(run + "_") } }

    /// `RUN_000001.pcapng`.
    static func name(of run: String, _ number: Int) -> String {
        let digits = String(number)
        return "\(run)_\(String(repeating: "0", count: max(0, 6 - digits.count)))\(digits).pcapng"
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
            try? FileManager.default.removeItem(at: oldest.url)
            total -= oldest.size
            files.removeFirst()
        }
    }

    /// Adds a file that is being written: its size is told when it ends.
    mutating func append(_ url: URL) { files.append((url, 0)) }

    /// Removes a file that holds nothing.
    mutating func removeLast() {
        if let last = files.popLast() { try? FileManager.default.removeItem(at: last.url) }
    }

    mutating func setLastSize(_ size: Int64) {
        if !files.isEmpty { files[files.count - 1].size = size }
    }
}
