/// The ledger with the hashes in a list of their own, where each is readable at any width and on paper.
///
/// A long one is folded behind what it says in short.
struct HTMLLedger {
    let table: ReportTable
    var digest: SourcesDigest?

    func html() -> String {
        guard let digest else { return whole }
        let alone =
            digest.alone.rows.isEmpty ? "" : HTMLTable.html(digest.alone, caption: digest.alone.title)
        return HTMLTable.html(digest.together, label: "Ledger by kind") + alone
            + "<details><summary>Every input</summary>\n\(whole)</details>\n"
    }

    private var whole: String {
        guard let path = place("path"), let hash = place("sha256") else {
            return HTMLTable.html(table, label: "Ledger")
        }
        let list = table.rows.compactMap { row -> String? in
            guard hash < row.cells.count, case .text(let digest) = row.cells[hash],
                case .text(let name) = row.cells[path]
            else { return nil }
            return "<li>\(HTMLText.path(shortened(name))) <code>\(HTMLText.escaped(digest))</code></li>\n"
        }
        let hashes =
            list.isEmpty ? "" : "<h3>SHA-256 of the inputs</h3>\n<ul class=\"hashes\">\n\(list.joined())</ul>\n"
        return "<div class=\"ledger\">\(HTMLTable.html(table.without(["sha256"]), label: "Ledger"))</div>\n" + hashes
    }

    private func place(_ name: String) -> Int? { table.columns.firstIndex { $0.name == name } }

    /// Where there are many, their names without their folders: names of log objects tell them apart, and folders are half of the
    /// page.
    private func shortened(_ path: String) -> String {
        digest == nil ? path : path.split(separator: "/").last.map(String.init) ?? path
    }
}
