import Foundation

/// Standard input, output and error of a process that was started without some of them.
enum StandardStreams {
    /// Fills the places of closed streams, so that writing to one fails instead of ending in the file that is opened
    /// next, which may be the case. Called before any file is opened.
    static func prepare() { _ = places.count }

    /// Open as long as the process is: a number that is free again would be given to a file after all.
    private static let places: [FileHandle] = {
        var places: [FileHandle] = []
        while let handle = FileHandle(forReadingAtPath: "/dev/null"), handle.fileDescriptor <= STDERR_FILENO {
            places.append(handle)
        }
        return places
    }()
}
