/// Words of a command line as a shell takes them.
public enum ShellText {
    /// Options that change what is said beside an answer, not the answer.
    private static let asides: Set<String> = ["-q", "--quiet"]

    /// Returns the command line that gives an answer again, without what only keeps notes away.
    public static func command(_ arguments: [String]) -> String {
        arguments.filter { !asides.contains($0) }.map(word).joined(separator: " ")
    }

    /// Returns a word so that a POSIX shell reads it as one, and as it is: quoted where it has to be.
    public static func word(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || "-_./:=,+@%".utf8.contains(byte)
        }
        if isPlain, !text.isEmpty { return text }
        return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
