package import ForensicsModel

/// What is known of a capture file before it is read: enough to tell which set it belongs to.
package struct CaptureSummary: Sendable, Equatable {
    package var path: String
    /// The time of its first packet; `nil` if it has none.
    package var firstTime: Timestamp?
    package var linkType: UInt16
    /// The name of its interface, or the names of all that it declares; `nil` where the file does not tell.
    package var interface: String?
    /// What the file says of itself.
    package var comment: String?
    /// The time of its last packet, where it is known.
    package var lastTime: Timestamp?
    /// The stem of the set in which a case holds the file.
    package var heldStem: String?

    package init(path: String, firstTime: Timestamp?, linkType: UInt16, interface: String?) {
        self.path = path
        self.firstTime = firstTime
        self.linkType = linkType
        self.interface = interface
    }
}

/// The captures of one vantage point: a rotated capture as one, whatever the number of its files.
package struct CaptureSet: Sendable, Equatable {
    /// What its files have in common.
    package var key: CaptureSetKey
    /// The readable name of the capture point, unique among the sets it was made with.
    package var vantage: String
    /// By first packet time, then by path; files without packets come last.
    package var members: [CaptureSummary]
    /// Whether the names alone would not have made all of them one set.
    package var isToldByTimes = false

    package init(key: CaptureSetKey, vantage: String, members: [CaptureSummary]) {
        self.key = key
        self.vantage = vantage
        self.members = members
    }
}

/// Groups capture files into sets: same folder, same name but for rotation, same link type and interface.
///
/// The names of rotating tools order wrongly after a ring wraps, so packet times order the files. `CaptureStems` says
/// what counts as rotation. Pure: looks at no file, and the order of its input does not matter.
package enum CaptureSets {
    /// Returns the sets, ordered by folder, stem, link type and interface.
    package static func group(_ captures: [CaptureSummary]) -> [CaptureSet] {
        let found = CaptureStems(captures)
        var members: [CaptureSetKey: [CaptureSummary]] = [:]
        var toldByTimes: Set<CaptureSetKey> = []
        for (index, capture) in captures.enumerated() {
            let key = CaptureSetKey(
                folder: InputPath.folder(capture.path), stem: found.stems[index], linkType: capture.linkType,
                interface: capture.interface)
            members[key, default: []].append(capture)
            if found.areToldByTimes[index] { toldByTimes.insert(key) }
        }
        let keys = members.keys.sorted(by: CaptureSetKey.precedes)
        let names = vantageNames(keys)
        return zip(keys, names).map { key, name in
            var set = CaptureSet(key: key, vantage: name, members: (members[key] ?? []).sorted(by: precedes))
            set.isToldByTimes = toldByTimes.contains(key)
            return set
        }
    }

    /// The captures whose last packet decides to which set they or others belong, and the time from which on it does not
    /// matter any more how much longer they go on.
    package static func untold(_ captures: [CaptureSummary]) -> [(path: String, until: Timestamp)] {
        CaptureStems(captures).untold.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    /// Returns a name for each key, all different, in the order of the keys.
    ///
    /// The name is the stem; with as many folders before it as tell equal stems apart; with the link type or
    /// interface behind it where one folder has several sets of one stem. Another order of keys gives the same names.
    package static func vantageNames(_ keys: [CaptureSetKey]) -> [String] {
        var folders: [String: Set<String>] = [:]
        for key in keys { folders[key.stem, default: []].insert(key.folder) }
        var depths: [String: Int] = [:]
        for (stem, paths) in folders { depths[stem] = depth(paths) }
        var twins: [String: [CaptureSetKey]] = [:]
        for key in keys { twins[key.folder + "/" + key.stem, default: []].append(key) }
        return keys.map { key in
            let name = InputPath.join(tail(key.folder, depths[key.stem] ?? 0), key.stem)
            return name + suffix(key, twins[key.folder + "/" + key.stem] ?? [])
        }
    }

    /// By first packet time, then by path.
    package static func precedes(_ left: CaptureSummary, _ right: CaptureSummary) -> Bool {
        let leftTime = left.firstTime ?? Timestamp(nanoseconds: .max)
        let rightTime = right.firstTime ?? Timestamp(nanoseconds: .max)
        if leftTime != rightTime { return leftTime < rightTime }
        return left.path.utf8.lexicographicallyPrecedes(right.path.utf8)
    }

    /// Returns how many last components tell the folders apart.
    private static func depth(_ folders: Set<String>) -> Int {
        if folders.count < 2 { return 0 }
        let most = folders.map { $0.split(separator: "/").count }.max() ?? 0
        for depth in 1...max(1, most) where Set(folders.map { tail($0, depth) }).count == folders.count { return depth }
        return .max
    }

    /// Returns the last `depth` components of a folder; all of it, with a leading slash, if it has no more.
    private static func tail(_ folder: String, _ depth: Int) -> String {
        if depth == 0 { return "" }
        let parts = folder.split(separator: "/")
        return depth > parts.count || (depth == .max) ? folder : parts.suffix(depth).joined(separator: "/")
    }

    private static func suffix(_ key: CaptureSetKey, _ twins: [CaptureSetKey]) -> String {
        if twins.count < 2 { return "" }
        var parts: [String] = []
        if twins.contains(where: { $0.linkType != key.linkType }) { parts.append(linkName(key.linkType)) }
        if twins.contains(where: { $0.linkType == key.linkType && $0.interface != key.interface }) {
            parts.append(key.interface ?? "unnamed interface")
        }
        return parts.isEmpty ? "" : " (" + parts.joined(separator: ", ") + ")"
    }

    private static func linkName(_ linkType: UInt16) -> String {
        switch linkType {
        case LinkType.null: "null"
        case LinkType.ethernet: "ethernet"
        case LinkType.raw, LinkType.rawBSD, LinkType.rawOpenBSD: "raw \(linkType)"
        case LinkType.loop: "loop"
        case LinkType.linuxSLL: "cooked"
        case LinkType.linuxSLL2: "cooked v2"
        case LinkType.ipv4: "ipv4"
        case LinkType.ipv6: "ipv6"
        default: "link type \(linkType)"
        }
    }
}
