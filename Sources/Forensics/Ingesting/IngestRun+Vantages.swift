import ForensicsModel
import ForensicsStore

/// What capture points are called, once all of a run is in the case.
extension IngestRun {
    /// Names the vantages of all captures that the case holds: two of one file name are told apart by their folders, whichever
    /// came first.
    func nameVantages() throws {
        let held = HeldCaptures(try store.sources(kind: .pcap))
        try store.setVantages(held.vantages)
        let read = Set(summary.entries.filter { $0.kind == EvidenceKind.pcap.name }.map(\.path))
        if read.isEmpty { return }
        for (old, new) in held.renamed(beside: read) {
            note("vantage \(old): is called \(new) now, as there is another of its name.")
        }
        var vantages: [Int64: String] = [:]
        for source in try store.sources(kind: .pcap) { vantages[Int64(source.ordinal)] = source.vantage }
        for index in summary.entries.indices where read.contains(summary.entries[index].path) {
            summary.entries[index].vantage = vantages[summary.entries[index].id] ?? summary.entries[index].vantage
        }
        for files in held.likelyPieces(touching: read) {
            note(
                "\(files[0]) and \(files.count - 1) more: one begins after another's end, yet their names make them "
                    + "captures of several points, which are never added; if they are one capture in pieces, name them all with "
                    + "one --vantage.")
        }
    }
}
