import Foundation

/// The programs that stand in for a lake: Spark, a parser of Athena's SQL, moto's Athena.
enum LakeTools {
    /// `spark-sql`: what LBFORENSICS_SPARK_SQL names (empty for none), on the search path, or where
    /// `pip install --user pyspark` puts it; with a Java runtime.
    static let sparkSQL: String? = {
        guard onSearchPath("java") != nil else { return nil }
        if let path = ProcessInfo.processInfo.environment["LBFORENSICS_SPARK_SQL"] { return path.isEmpty ? nil : path }
        if let path = onSearchPath("spark-sql") { return path }
        let base = (try? Program.tool("python3", ["-m", "site", "--user-base"]))?.output.split(separator: "\n").first
        let path = "\(base ?? "")/bin/spark-sql"
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }()

    /// A Python that has sqlglot: LBFORENSICS_PYTHON or `python3` (`pip install sqlglot`).
    static let sqlglot = python(with: "sqlglot")
    /// A Python that has moto's server: LBFORENSICS_PYTHON or `python3` (`pip install 'moto[server]'`).
    static let moto = python(with: "moto.server, moto.athena")

    static func onSearchPath(_ name: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private static func python(with modules: String) -> String? {
        let named = ProcessInfo.processInfo.environment["LBFORENSICS_PYTHON"].map { [$0] } ?? []
        return (named + ["python3"]).first { name in
            (try? Program.tool(name, ["-c", "import \(modules)"]))?.status == 0
        }
    }

    /// What every run of Spark here takes: one core, a small heap.
    static var sparkOptions: [String] {
        [
            "--spark-sql", sparkSQL ?? "spark-sql", "--master", "local[1]", "--conf", "spark.driver.memory=2g",
            "--conf",
            "spark.sql.shuffle.partitions=2", "--conf", "spark.driver.host=localhost",
        ]
    }

    /// A JSON answer as a dictionary.
    static func json(_ text: String) -> [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
    }
}
