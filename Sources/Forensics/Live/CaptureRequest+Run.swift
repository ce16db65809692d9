import ForensicsCapture
import ForensicsStore
import Foundation

extension CaptureRequest {
    /// Captures until asked to stop, for the time or the packets asked for, or until the interface goes away.
    ///
    /// - Parameters:
    ///   - note: takes one line for the user whenever something is worth saying.
    ///   - report: takes each summary block.
    /// - Throws: `ForensicsError` where the capture cannot begin or go on; what was captured is kept.
    public func run(
        note: @escaping (String) -> Void, report: @escaping (String) -> Void
    ) throws(ForensicsError) {
        let options = try options()
        let interface: LiveInterface
        do throws(CaptureError) {
            interface = try LiveInterface(options.interface)
        } catch {
            throw ForensicsError(error)
        }
        if let user {
            do throws(CaptureError) {
                try Privileges.drop(to: user)
            } catch {
                throw ForensicsError(error)
            }
        }
        let run = try CaptureRun(request: self, options: options, interface: interface, note: note, report: report)
        try run.run()
    }
}

extension ForensicsError {
    /// The error of an interface, with the status that the command line documents for it.
    init(_ error: CaptureError) {
        let code: Code =
            switch error.code {
            case .permission: .permission
            case .noSuchInterface: .noInput
            case .interfaceDown: .unavailable
            case .badFilter: .usage
            case .system: .io
            }
        self.init(code, error.message)
    }
}
