/// Yes-or-no facts of an HTTP/1 request or response head.
package struct HTTPHeadFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    @inline(__always)
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// `chunked` is the last transfer coding.
    package static let chunked = HTTPHeadFlags(rawValue: 1)
    /// The Connection field names `close`. RFC 9112, section 9.6.
    package static let connectionClose = HTTPHeadFlags(rawValue: 1 << 1)
    /// The Connection field names `keep-alive`. RFC 9112, section 9.3.
    package static let keepAlive = HTTPHeadFlags(rawValue: 1 << 2)
    /// Expect asks for `100-continue`. RFC 9110, section 10.1.1.
    package static let expectContinue = HTTPHeadFlags(rawValue: 1 << 3)
    /// Upgrade names `websocket`. RFC 6455, section 4.1.
    package static let upgradeWebSocket = HTTPHeadFlags(rawValue: 1 << 4)
    /// Upgrade names `h2c`. RFC 7540, section 3.2.
    package static let upgradeH2C = HTTPHeadFlags(rawValue: 1 << 5)
    /// The client connection preface of HTTP/2. RFC 9113, section 3.4.
    package static let http2Preface = HTTPHeadFlags(rawValue: 1 << 6)
    /// The user agent starts with `ELB-HealthChecker/`.
    package static let amznHealthChecker = HTTPHeadFlags(rawValue: 1 << 7)
    /// The content type starts with `application/grpc`.
    package static let grpc = HTTPHeadFlags(rawValue: 1 << 8)
    /// Content-Length was given several times with one value.
    package static let duplicateLength = HTTPHeadFlags(rawValue: 1 << 9)
    /// Both Content-Length and Transfer-Encoding: the second counts. RFC 9112, section 6.1.
    package static let bothLengths = HTTPHeadFlags(rawValue: 1 << 10)
    /// A transfer coding that is not, or does not end in, `chunked`.
    package static let otherTransferEncoding = HTTPHeadFlags(rawValue: 1 << 11)
    /// A header line without a colon, without a name, or with a blank before the colon.
    package static let oddHeaderLine = HTTPHeadFlags(rawValue: 1 << 12)
    /// A field is continued on a line that begins with a blank. RFC 9112, section 5.2.
    package static let obsFold = HTTPHeadFlags(rawValue: 1 << 13)
    /// At least one line ends in LF without CR.
    package static let bareLF = HTTPHeadFlags(rawValue: 1 << 14)
    /// The target is a whole URI, as sent to a proxy.
    package static let absoluteForm = HTTPHeadFlags(rawValue: 1 << 15)
    /// The target is `host:port`, as sent with CONNECT.
    package static let authorityForm = HTTPHeadFlags(rawValue: 1 << 16)
    /// X-Forwarded-Proto is there.
    package static let forwardedProto = HTTPHeadFlags(rawValue: 1 << 17)
    /// X-Forwarded-Port is there.
    package static let forwardedPort = HTTPHeadFlags(rawValue: 1 << 18)
    /// The response sets an `AWSALB…` cookie: an application load balancer keeps sessions sticky.
    package static let albCookie = HTTPHeadFlags(rawValue: 1 << 19)
    /// The response sets an `AWSELB` or `AWSELBCORS` cookie: a classic load balancer keeps sessions sticky.
    package static let clbCookie = HTTPHeadFlags(rawValue: 1 << 20)
    /// The server field starts with `awselb/`: the load balancer itself answered.
    package static let awselbServer = HTTPHeadFlags(rawValue: 1 << 21)
    /// The Connection field names `upgrade`.
    package static let connectionUpgrade = HTTPHeadFlags(rawValue: 1 << 22)
    /// HTTP2-Settings is there. RFC 7540, section 3.2.1.
    package static let http2Settings = HTTPHeadFlags(rawValue: 1 << 23)
    /// Host is there. RFC 9112, section 3.2.
    package static let hasHost = HTTPHeadFlags(rawValue: 1 << 24)
    /// A Content-Length that is no number, or several that differ: the framing cannot be trusted.
    package static let badLength = HTTPHeadFlags(rawValue: 1 << 25)
}

/// How the end of a message body is found. RFC 9112, section 6.3.
package enum HTTPBodyFraming: Equatable, Sendable {
    case none
    case length(Int64)
    case chunked
    case untilClose
    /// What follows is another protocol: a WebSocket, HTTP/2 or a CONNECT tunnel.
    case tunnel
}
