/// The ledger with the hashes in a list of their own, where each is readable at any width and on paper.
struct HTMLLedger {
    let table: ReportTable

    func html() -> String {
        guard let path = place("path"), let hash = place("sha256") else {
            return HTMLTable.html(table, label: "Ledger")
        }
        var narrow = table
        narrow.columns.remove(at: hash)
        for index in narrow.rows.indices where hash < narrow.rows[index].cells.count {
            narrow.rows[index].cells.remove(at: hash)
        }
        let items = table.rows.compactMap { row -> String? in
            guard hash < row.cells.count, case .text(let digest) = row.cells[hash],
                case .text(let name) = row.cells[path]
            else { return nil }
            return "<li>\(HTMLText.path(name)) <code>\(HTMLText.escaped(digest))</code></li>\n"
        }
        let list =
            items.isEmpty
            ? "" : "<h3>SHA-256 of the inputs</h3>\n<ul class=\"hashes\">\n\(items.joined())</ul>\n"
        return "<div class=\"ledger\">\(HTMLTable.html(narrow, label: "Ledger"))</div>\n" + list
    }

    private func place(_ name: String) -> Int? { table.columns.firstIndex { $0.name == name } }
}
