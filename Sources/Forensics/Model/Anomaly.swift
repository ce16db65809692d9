/// A named irregularity of a record that was accepted all the same (Zeek's "weird").
///
/// The raw value indexes counters; the name is in the case file. Values are only ever added.
package enum Anomaly: UInt8, Sendable, CaseIterable {
    case snaplenCut = 0
    case truncatedLink, truncatedIP, truncatedTransport
    case badIPHeaderLength, badIPTotalLength, badTCPHeaderLength, badUDPLength
    case tooManyExtensionHeaders, tooManyTunnels, tooManyVLANTags
    case fragmentOverlap, fragmentTableFull, fragmentTimeout
    case capturedLongerThanOriginal
    case timeBackwards
    case synAndFin
    case flowTableFull
    case httpHeadTooLong, httpMalformed
    case tlsMalformed
    case proxyMalformed
    case unknownTailFields
    case unknownValue
    case badEscape
    case negativePhase
    case truncatedGzip
    case notUTF8
    case badOptionalField
    case nonIP
    case malformedTunnel
    case http2Malformed
    case quicMalformed
    case dnsMalformed
    case badOptions
    /// A packet without a time, or with one before 1970 or from 2200 on: it has that of the packet before it.
    case packetWithoutTime
    /// Facts beyond the 1,024 that may begin in one packet: they are counted in the roll-ups and have no rows.
    case tooManyFacts
    /// Requests that were told without their answer, because more waited for one than memory has room for.
    case requestTableFull
    /// Parts of heads, or segments behind a gap, that could not wait for the rest.
    case streamBufferFull
    /// Names that were left out because open connections hold too many.
    case textTableFull
    /// A packet whose clock is more than a day ahead of both its neighbours.
    case timeJump
    /// Answers whose request was not captured, or is none that could be read.
    case httpAnswerWithoutRequest
    /// Times that the place in a stream was lost: cut or lost packets, broken framing.
    case streamResynchronized
    /// Requests that were told without their answer, because more of one connection waited than are kept.
    case tooManyOpenRequests
    /// Answers that are told without a request, as nothing of their clients was captured.
    case clientNotCaptured
    /// Requests and connections that were captured on a second leg too, from a proxy or an address translation on.
    case secondLeg
    /// Connections that began before the capture and of which nothing but their ends tells who the client is.
    case clientGuessed
    /// Connections that two sessions of a traffic mirror carry whole, each under a network identifier of its own.
    case mirroredTwice
    /// Connections whose PROXY header was cut before the client that it names: the snap length, or a mirror's.
    case proxyHeaderCut
    /// Requests whose head was cut, or rests on what came before the capture, and whose peer may be a load balancer that names
    /// the client in the rest.
    case requestHeadCut
    /// Packets of which the snap length left too little to tell what connection they are of.
    case headerCut

    /// The stable name in the case file.
    package var name: String {
        switch self {
        case .snaplenCut: "snaplen-cut"
        case .truncatedLink: "truncated-link"
        case .truncatedIP: "truncated-ip"
        case .truncatedTransport: "truncated-transport"
        case .badIPHeaderLength: "bad-ip-header-length"
        case .badIPTotalLength: "bad-ip-total-length"
        case .badTCPHeaderLength: "bad-tcp-header-length"
        case .badUDPLength: "bad-udp-length"
        case .tooManyExtensionHeaders: "too-many-extension-headers"
        case .tooManyTunnels: "too-many-tunnels"
        case .tooManyVLANTags: "too-many-vlan-tags"
        case .fragmentOverlap: "fragment-overlap"
        case .fragmentTableFull: "fragment-table-full"
        case .fragmentTimeout: "fragment-timeout"
        case .capturedLongerThanOriginal: "captured-longer-than-original"
        case .timeBackwards: "time-backwards"
        case .synAndFin: "syn-and-fin"
        case .flowTableFull: "flow-table-full"
        case .httpHeadTooLong: "http-head-too-long"
        case .httpMalformed: "http-malformed"
        case .tlsMalformed: "tls-malformed"
        case .proxyMalformed: "proxy-malformed"
        case .unknownTailFields: "unknown-tail-fields"
        case .unknownValue: "unknown-value"
        case .badEscape: "bad-escape"
        case .negativePhase: "negative-phase"
        case .truncatedGzip: "truncated-gzip"
        case .notUTF8: "not-utf8"
        case .badOptionalField: "bad-optional-field"
        case .nonIP: "non-ip"
        case .malformedTunnel: "malformed-tunnel"
        case .http2Malformed: "http2-malformed"
        case .quicMalformed: "quic-malformed"
        case .dnsMalformed: "dns-malformed"
        case .badOptions: "bad-options"
        case .packetWithoutTime: "packet-without-time"
        case .tooManyFacts: "too-many-facts-in-one-packet"
        case .requestTableFull: "request-table-full"
        case .streamBufferFull: "stream-buffer-full"
        case .textTableFull: "text-table-full"
        case .timeJump: "time-jump"
        case .httpAnswerWithoutRequest: "http-answer-without-request"
        case .streamResynchronized: "stream-resynchronized"
        case .tooManyOpenRequests: "too-many-open-requests"
        case .clientNotCaptured: "client-not-captured"
        case .secondLeg: "second-leg"
        case .clientGuessed: "client-guessed"
        case .mirroredTwice: "mirrored-twice"
        case .proxyHeaderCut: "proxy-header-cut"
        case .requestHeadCut: "request-head-cut"
        case .headerCut: "header-cut"
        }
    }
}
