import ArgumentParser
import Foundation

/// Which case file a command works on.
struct StoreOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The case file.", discussion: "Default: LBFORENSICS_STORE, else lbforensics.db.", valueName: "path"))
    var store: String?

    /// The path to use when the option is absent: the environment's, else the default.
    var path: String { store ?? Self.environment ?? "lbforensics.db" }

    /// Whether the user names the case, rather than leaving it to the default.
    var isNamed: Bool { store != nil || Self.environment != nil }

    func validate() throws {
        if store == "" { throw ValidationError("--store '' is empty") }
    }

    private static var environment: String? {
        ProcessInfo.processInfo.environment["LBFORENSICS_STORE"].flatMap { $0.isEmpty ? nil : $0 }
    }
}
