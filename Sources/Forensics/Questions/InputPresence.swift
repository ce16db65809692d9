import ForensicsIngest
import Foundation

/// Whether and what an argument names.
enum InputPresence {
    /// Whether there is nothing of the name; what lies elsewhere is not asked for.
    static func isMissing(_ argument: String) -> Bool {
        if RemotePath.isRemote(argument) { return false }
        return InputWalker([argument]).errors.contains { $0.code == .notFound }
    }

    /// Tells whether a path, as the case names it, is one that an argument stands for.
    static func matcher(_ argument: String) -> (String) -> Bool {
        if RemotePath.isRemote(argument) { return { $0.hasPrefix(argument) } }
        let base = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
        let paths = Set(
            InputWalker([argument]).inputs.map {
                URL(fileURLWithPath: $0.path, relativeTo: base).standardizedFileURL.path
            })
        return { paths.contains($0) }
    }
}
