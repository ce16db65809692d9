/// One transport connection, from packets or from a log row: the same fact whatever told it.
///
/// A flat value without references; texts are ids into the batch's `TextTable`. Absent numbers are `nil`, never 0.
package struct Connection: Sendable {
    /// The provenance of its first record.
    package var id: FactID
    /// The offset of that record in the decoded stream.
    package var offset: UInt64
    package var kind: EvidenceKind
    package var role: ConnectionRole = .client
    package var transport: TransportProtocol = .tcp
    package var service: ApplicationService = .unknown
    package var state: ConnectionState = .none
    package var resetBy: ResetSender = .none
    package var tlsVersion: TLSVersion = .none
    package var flags: ConnectionFlags = []
    /// First packet, or the log's start of connection.
    package var start: Timestamp
    /// Last packet, or the log's end of connection: the record time that decides membership of a window.
    package var end: Timestamp
    /// Nanoseconds; `nil` where the source does not tell (CLB TCP listeners).
    package var duration: Int64?

    package var client: Endpoint
    /// Who is on the wire at the client's side; differs from `client` behind PROXY protocol.
    package var peer: IPAddress
    package var server: Endpoint
    package var loadBalancer: TextID = .none
    /// The load balancer node, or the network interface of a flow log, where the source names it.
    package var node: TextID = .none
    package var domain: TextID = .none
    /// Zeek's history letters.
    package var history: TextID = .none
    package var tlsCipher: TextID = .none
    package var alpn: TextID = .none
    package var ja4: TextID = .none
    /// The reason a log gives for a failure (TLS verification, alert).
    package var errorReason: TextID = .none
    /// The evidence of tunnels: GWLB endpoint, attachment, flow cookie, VNI.
    package var tunnel: TextID = .none
    /// Log columns that no other property tells, as a JSON object of texts by column name; absent ones are left out.
    package var details: TextID = .none
    /// `conn_trace_id` of ALB logs without `TID_`, 0 if absent: joins requests and connections.
    package var traceKey: UInt64 = 0
    /// Of a captured connection whose SYN was answered: both initial sequence numbers, the client's in the upper half; of one whose
    /// SYN was not, that alone; 0 otherwise. Not stored.
    package var initialNumbers: UInt64 = 0

    /// Transport payload, each byte once, true lengths.
    package var bytesFromClient: UInt64?
    /// Likewise of the server.
    package var bytesFromServer: UInt64?
    package var packetsFromClient: UInt64?
    package var packetsFromServer: UInt64?
    package var retransmissions: UInt32?
    package var outOfOrder: UInt32?
    package var duplicateACKs: UInt32?
    package var zeroWindows: UInt32?
    package var resets: UInt32?
    /// SYN to the handshake's last ACK, nanoseconds.
    package var handshake: Int64?
    /// Nanoseconds. AWS field: `tls_handshake_time`.
    package var tlsHandshake: Int64?
    /// How many connections of the full traffic this one stands for.
    package var weight: UInt32 = 1

    package init(
        id: FactID, offset: UInt64, kind: EvidenceKind, start: Timestamp, end: Timestamp, client: Endpoint,
        server: Endpoint
    ) {
        self.id = id
        self.offset = offset
        self.kind = kind
        self.start = start
        self.end = end
        self.client = client
        peer = client.address
        self.server = server
    }
}

/// Yes-or-no facts of a connection.
package struct ConnectionFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    @inline(__always)
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The evidence holds the connection's beginning (SYN, or a log that tells it).
    package static let startSeen = ConnectionFlags(rawValue: 1)
    /// The evidence holds the connection's end (FINs, RST, or a log row, which is written at the end).
    package static let endSeen = ConnectionFlags(rawValue: 2)
    /// It is a load balancer's health check, and counts as no connection of a client.
    package static let healthCheck = ConnectionFlags(rawValue: 4)
    /// The client side was guessed (no SYN, no direction field).
    package static let clientGuessed = ConnectionFlags(rawValue: 8)
    /// The network refused it (REJECT of a flow log).
    package static let rejected = ConnectionFlags(rawValue: 16)
    /// A client name from PROXY protocol.
    package static let proxied = ConnectionFlags(rawValue: 32)
    /// The TLS handshake failed.
    package static let tlsFailed = ConnectionFlags(rawValue: 64)
    /// Same addresses and ports as an earlier connection of the capture.
    package static let reusedPorts = ConnectionFlags(rawValue: 128)
    /// The server never answered the SYN within the time-out.
    package static let synTimeout = ConnectionFlags(rawValue: 256)
    /// Taken out of the table before its end because the table was full.
    package static let evicted = ConnectionFlags(rawValue: 512)
    /// An ICMP error said that the server cannot be reached.
    package static let unreachable = ConnectionFlags(rawValue: 1024)
    /// The server's own address sent that error.
    package static let refusedByServer = ConnectionFlags(rawValue: 2048)
    /// The client closed or reset it before the server did either. Of flow logs: it closed, and the server, which did not, reset.
    package static let clientEndedFirst = ConnectionFlags(rawValue: 4096)
    /// Nothing of the server was captured, but the client acknowledged its answer to the SYN.
    package static let answerUnseen = ConnectionFlags(rawValue: 8192)
    /// All payload is a header of PROXY protocol, as a health check of TCP carries it.
    package static let proxyHeaderOnly = ConnectionFlags(rawValue: 16384)
    /// What it carries was captured on another connection as well, where it came in, and counts there.
    package static let secondLeg = ConnectionFlags(rawValue: 32768)
    /// Of flow logs: another network interface saw the connection too, and has a row of it.
    package static let repeated = ConnectionFlags(rawValue: 65536)
    /// Of a captured connection: the client had closed it in order before it sent a RST.
    package static let clientResetClosed = ConnectionFlags(rawValue: 131_072)
    /// Of flow logs: the network rejected packets among which, as their flags tell, no SYN was: no attempt to connect.
    package static let rejectedWithoutSYN = ConnectionFlags(rawValue: 262_144)
    /// Of a captured handshake that took long: more of its time passed before the answer to the SYN than after it.
    package static let synAnsweredLate = ConnectionFlags(rawValue: 524_288)
    /// Of a captured handshake: the client sent its SYN again before an answer was seen.
    package static let synRepeated = ConnectionFlags(rawValue: 1_048_576)
    /// Of a captured handshake: the client sent its SYN again although an answer to it had been seen.
    package static let synAnswerMissed = ConnectionFlags(rawValue: 2_097_152)
    /// Of a captured connection: one side sent the same segment again and again, and nothing of it was acknowledged for a second
    /// or longer.
    package static let undelivered = ConnectionFlags(rawValue: 4_194_304)
    /// Of a log: the load balancer could hand it to no target.
    package static let undispatched = ConnectionFlags(rawValue: 8_388_608)
    /// Of a captured connection: the client went on after an answer that said the connection would be closed, and got none.
    package static let usedAfterClose = ConnectionFlags(rawValue: 16_777_216)
    /// Of a captured connection: its peer may be a load balancer, and nothing tells, as payload or heads of requests were cut, or
    /// it began before the capture and no request was seen.
    package static let roleUntold = ConnectionFlags(rawValue: 33_554_432)
    /// Of a captured connection: the server answered the SYN, and the client sent nothing but SYNs within the time-out.
    package static let leftHalfOpen = ConnectionFlags(rawValue: 67_108_864)
    /// Of a captured handshake: the client sent its SYN again, as the server still held an earlier connection of these ports.
    package static let portHeld = ConnectionFlags(rawValue: 134_217_728)
    /// Of an undelivered one: whatever was sent again and again in vain had a payload of 1,200 bytes or more.
    package static let undeliveredLarge = ConnectionFlags(rawValue: 536_870_912)
    /// Of a captured connection: its peer is a load balancer, and nothing tells whether it stands for a client.
    package static let clientHidden = ConnectionFlags(rawValue: 268_435_456)
}
