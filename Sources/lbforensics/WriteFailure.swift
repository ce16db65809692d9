import Foundation

/// Why bytes could not be written, as the system says it.
struct WriteFailure {
    /// The system's error number; 0 where it is not known.
    private let number: Int32
    private let words: String
    /// Whether the system does not allow it.
    let isForbidden: Bool

    /// Looks for the system's error under what Foundation makes of it.
    init(_ error: any Error) {
        var cause = error as NSError
        while cause.domain != NSPOSIXErrorDomain, let under = cause.userInfo[NSUnderlyingErrorKey] as? NSError {
            cause = under
        }
        number = cause.domain == NSPOSIXErrorDomain ? Int32(clamping: cause.code) : 0
        isForbidden = number == EACCES || number == EPERM || (error as? CocoaError)?.code == .fileWriteNoPermission
        let text = cause.localizedDescription
        words = text.hasPrefix(Self.preamble) ? String(text.dropFirst(Self.preamble.count)) : text
    }

    private static let preamble = "The operation could not be completed. "

    /// Whether the reader of a pipe has gone, which is a clean end.
    var isClosedPipe: Bool { number == EPIPE }

    /// The line for the user.
    func message(_ place: String) -> String {
        let remedy =
            switch number {
            case ENOSPC, EDQUOT: "free some space"
            default: "check where the output goes"
            }
        return "\(place): cannot be written (\(words)); \(remedy)."
    }
}
