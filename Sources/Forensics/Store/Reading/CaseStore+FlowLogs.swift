import ForensicsModel
import GRDB

/// What the profiles of a case tell without its rows being read.
extension CaseStore {
    /// Names of what wrote rows of logs: nodes of load balancers, and network interfaces of flow logs.
    package func nodes() throws(StoreError) -> Set<String> { try names("node") }

    /// Names of load balancers in rows of logs.
    package func loadBalancers() throws(StoreError) -> Set<String> { try names("load_balancer") }

    private func names(_ column: String) throws(StoreError) -> Set<String> {
        try access { database in
            let names = try DatabaseValue.fetchAll(
                database,
                sql: """
                    SELECT value FROM text WHERE id IN (SELECT \(column) FROM route UNION SELECT \(column) FROM probe)
                    """)
            return Set(names.compactMap { String.fromDatabaseValue($0) })
        }
    }

    /// Whether connections of flow logs were seen by two interfaces.
    package func hasRepeatedConnections() throws(StoreError) -> Bool {
        try access { database in
            try Bool.fetchOne(
                database, sql: "SELECT EXISTS(SELECT 1 FROM link WHERE flags & ? <> 0)",
                arguments: [Int64(ConnectionFlags.repeated.rawValue)]) ?? false
        }
    }

    /// Whether some flow log has the column `tcp-flags`: without it none shows which connections began, or were reset.
    package func flowLogsTellFlags() throws(StoreError) -> Bool {
        try access { database in
            try Bool.fetchOne(database, sql: "SELECT EXISTS(SELECT 1 FROM flow WHERE tcp_flags IS NOT NULL)") ?? false
        }
    }
}
