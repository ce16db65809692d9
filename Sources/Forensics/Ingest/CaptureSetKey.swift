/// What the files of one capture set share. The set's identity in the case.
package struct CaptureSetKey: Hashable, Sendable {
    /// Where the files lie; empty for a set that the user named, and for standard input.
    package var folder: String
    /// The file name without what rotation added to it, such as `target.pcap`, or the name that the user gave.
    package var stem: String
    /// The LINKTYPE_ value that all files of the set share.
    package var linkType: UInt16
    /// The interface that all of them name; `nil` where they name none.
    package var interface: String?

    package init(folder: String, stem: String, linkType: UInt16, interface: String?) {
        self.folder = folder
        self.stem = stem
        self.linkType = linkType
        self.interface = interface
    }

    static func precedes(_ left: CaptureSetKey, _ right: CaptureSetKey) -> Bool {
        if left.folder != right.folder { return left.folder.utf8.lexicographicallyPrecedes(right.folder.utf8) }
        if left.stem != right.stem { return left.stem.utf8.lexicographicallyPrecedes(right.stem.utf8) }
        if left.linkType != right.linkType { return left.linkType < right.linkType }
        return (left.interface ?? "").utf8.lexicographicallyPrecedes((right.interface ?? "").utf8)
    }
}

// MARK: - As text

extension CaptureSetKey {
    /// The path of standard input, which is a stem of its own.
    private static let standardInput = "-"

    /// Whether the user named the set: it holds files of any name and folder.
    package var isNamed: Bool { folder.isEmpty && stem != Self.standardInput }

    /// How a case writes the key.
    package var text: String { "\(folder)/\(stem)#\(linkType)#\(interface ?? "")" }

    /// Reads what `text` gave.
    ///
    /// - Parameter path: a file of the set. Where the key is not made of its folder and name, the user named the set.
    /// - Returns: `nil` for what is no key of a capture set.
    package init?(text: String, path: String) {
        let folder = InputPath.folder(path)
        let stems = RotationName.possibleStems(of: InputPath.name(path))
        if text.hasPrefix(folder + "/"),
            let rest = Self.parts(Substring(text.utf8.dropFirst(folder.utf8.count + 1)), where: stems.contains)
        {
            self.init(folder: folder, stem: rest.stem, linkType: rest.linkType, interface: rest.interface)
        } else if text.hasPrefix("/"), let rest = Self.parts(text.dropFirst(), where: { _ in true }) {
            self.init(folder: "", stem: rest.stem, linkType: rest.linkType, interface: rest.interface)
        } else {
            return nil
        }
    }

    /// Splits `STEM#LINK#INTERFACE`, whose ends may hold the mark themselves.
    private static func parts(
        _ text: Substring, where isStem: (String) -> Bool
    ) -> (stem: String, linkType: UInt16, interface: String?)? {
        let fields = text.split(separator: "#", omittingEmptySubsequences: false)
        let links = fields.indices.dropFirst().dropLast()
        guard
            let link = links.last(where: {
                UInt16(fields[$0]) != nil && isStem(fields[..<$0].joined(separator: "#"))
            }), let linkType = UInt16(fields[link])
        else { return nil }
        let interface = fields[(link + 1)...].joined(separator: "#")
        return (
            fields[..<link].joined(separator: "#"), linkType, interface.isEmpty ? nil : interface
        )
    }
}
