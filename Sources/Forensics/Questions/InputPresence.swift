import ForensicsIngest
import Foundation

/// Whether and what an argument names in the file system.
enum InputPresence {
    static func isMissing(_ argument: String) -> Bool {
        InputWalker([argument]).errors.contains { $0.code == .notFound }
    }

    /// The absolute paths of the files that an argument stands for, as the case names them.
    static func paths(_ argument: String) -> Set<String> {
        let base = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
        return Set(
            InputWalker([argument]).inputs.map {
                URL(fileURLWithPath: $0.path, relativeTo: base).standardizedFileURL.path
            })
    }
}
