/// Why a stream or a connection of HTTP/2 was given up, as RST_STREAM and GOAWAY say. RFC 9113, section 7.
package enum HTTP2ErrorCode: UInt8, Sendable, CaseIterable {
    case noError = 0
    case protocolError, internalError, flowControlError, settingsTimeout, streamClosed, frameSizeError
    case refusedStream, cancel, compressionError, connectError, enhanceYourCalm, inadequateSecurity, http11Required
    /// A code of no meaning: it is to be taken for INTERNAL_ERROR.
    case unknown

    /// The code of a frame; unknown ones are all alike.
    package init(code: UInt32) {
        self = UInt8(exactly: code).flatMap { Self(rawValue: $0) } ?? .unknown
    }

    /// The name as the RFC writes it.
    package var name: String {
        switch self {
        case .noError: "NO_ERROR"
        case .protocolError: "PROTOCOL_ERROR"
        case .internalError: "INTERNAL_ERROR"
        case .flowControlError: "FLOW_CONTROL_ERROR"
        case .settingsTimeout: "SETTINGS_TIMEOUT"
        case .streamClosed: "STREAM_CLOSED"
        case .frameSizeError: "FRAME_SIZE_ERROR"
        case .refusedStream: "REFUSED_STREAM"
        case .cancel: "CANCEL"
        case .compressionError: "COMPRESSION_ERROR"
        case .connectError: "CONNECT_ERROR"
        case .enhanceYourCalm: "ENHANCE_YOUR_CALM"
        case .inadequateSecurity: "INADEQUATE_SECURITY"
        case .http11Required: "HTTP_1_1_REQUIRED"
        case .unknown: "an unknown code"
        }
    }

    /// The frame that gave something up.
    package enum Frame: String, Sendable {
        case resetStream = "RST_STREAM"
        case goAway = "GOAWAY"
    }

    /// What a captured request tells of it: `RST_STREAM CANCEL from the client`.
    ///
    /// - Parameter side: 0 the client, 1 the server.
    package func reason(_ frame: Frame, from side: Int) -> String {
        "\(frame.rawValue) \(name) from the \(side == 0 ? "client" : "server")"
    }

    /// The code that a reason tells; `nil` where it is another one.
    package init?(reason: [UInt8]) {
        let code = Self.allCases.first { code in
            [Frame.resetStream, .goAway].contains { frame in
                reason.starts(with: "\(frame.rawValue) \(code.name) from ".utf8)
            }
        }
        guard let code else { return nil }
        self = code
    }
}
