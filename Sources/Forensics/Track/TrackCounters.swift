package import ForensicsModel

/// What tracking met that is no fact of its own. Sums over shards: the same whatever the number of trackers.
package struct TrackCounters: Sendable, Equatable {
    /// Packets that belong to a flow.
    package var packets: UInt64 = 0
    /// Second sightings of a packet, left out of every analysis.
    package var duplicates: UInt64 = 0
    /// Sightings that show a loop: same direction, falling TTL, the third or later.
    package var loops: UInt64 = 0
    /// Open connections given out before their end because a shard was full.
    package var evicted: UInt64 = 0
    /// Requests given out without waiting for the answer because a cap was met.
    package var refusedRequests: UInt64 = 0
    /// Requests given out likewise because too many of one connection waited, whatever memory there is.
    package var crowdedRequests: UInt64 = 0
    /// Segments and head parts that could not be kept because a cap was met.
    package var refusedBuffers: UInt64 = 0
    /// Texts left out because a shard's open connections hold too many.
    package var refusedTexts: UInt64 = 0
    /// Times that the reading of a stream lost its place: a gap, a cut packet, broken framing.
    package var resynchronizations: UInt64 = 0
    /// ICMP errors that quote no tracked flow.
    package var unmatchedICMPErrors: UInt64 = 0
    /// Heads of requests of HTTP/1.
    package var httpRequests: UInt64 = 0
    /// Heads of answers of HTTP/1, interim ones included.
    package var httpResponses: UInt64 = 0
    /// Answers whose request was not seen.
    package var orphanResponses: UInt64 = 0
    /// Answers that are told without their request, as nothing of the client was captured.
    package var unaskedAnswers: UInt64 = 0
    /// Connections that began before the capture and of which nothing but their ends tells who the client is.
    package var guessedClients: UInt64 = 0
    /// Heads of answers that could not be read, and of requests that an HTTP server answered all the same.
    package var httpMalformed: UInt64 = 0
    /// Heads that were longer than is kept, and are not read.
    package var httpHeadTooLong: UInt64 = 0
    /// Times that what had to be a TLS record or a hello was none.
    package var tlsMalformed: UInt64 = 0
    /// Headers of PROXY protocol that break off or contradict themselves.
    package var proxyMalformed: UInt64 = 0
    /// Connections whose PROXY header was cut before the client that it names.
    package var cutProxyHeaders: UInt64 = 0
    /// Requests whose head is not known whole, and whose peer may be a load balancer that names the client in the rest.
    package var cutHeads: UInt64 = 0
    /// Datagrams to port 53 that are no DNS.
    package var dnsMalformed: UInt64 = 0
    /// Header lists of requests and of answers, interim ones included.
    package var http2Requests: UInt64 = 0
    package var http2Responses: UInt64 = 0
    /// Connections whose frames or header blocks could not be read on.
    package var http2Malformed: UInt64 = 0

    package init() {}

    /// Adds the sums of another tracker.
    package mutating func add(_ other: TrackCounters) {
        packets += other.packets
        duplicates += other.duplicates
        loops += other.loops
        evicted += other.evicted
        refusedRequests += other.refusedRequests
        crowdedRequests += other.crowdedRequests
        refusedBuffers += other.refusedBuffers
        refusedTexts += other.refusedTexts
        resynchronizations += other.resynchronizations
        unmatchedICMPErrors += other.unmatchedICMPErrors
        httpRequests += other.httpRequests
        httpResponses += other.httpResponses
        orphanResponses += other.orphanResponses
        unaskedAnswers += other.unaskedAnswers
        guessedClients += other.guessedClients
        httpMalformed += other.httpMalformed
        httpHeadTooLong += other.httpHeadTooLong
        tlsMalformed += other.tlsMalformed
        proxyMalformed += other.proxyMalformed
        cutProxyHeaders += other.cutProxyHeaders
        cutHeads += other.cutHeads
        dnsMalformed += other.dnsMalformed
        http2Requests += other.http2Requests
        http2Responses += other.http2Responses
        http2Malformed += other.http2Malformed
    }

    /// Takes back answers without a request whose request another leg of the connection tells.
    package mutating func forgetUnasked(_ count: UInt64) { unaskedAnswers -= min(count, unaskedAnswers) }

    /// Adds what no packet's own decoding could tell to a ledger's anomalies.
    package func note(into tally: inout LedgerTally) {
        tally.note(.flowTableFull, count: evicted)
        tally.note(.requestTableFull, count: refusedRequests)
        tally.note(.tooManyOpenRequests, count: crowdedRequests)
        tally.note(.streamBufferFull, count: refusedBuffers)
        tally.note(.textTableFull, count: refusedTexts)
        tally.note(.httpHeadTooLong, count: httpHeadTooLong)
        tally.note(.httpMalformed, count: httpMalformed)
        tally.note(.httpAnswerWithoutRequest, count: orphanResponses)
        tally.note(.clientNotCaptured, count: unaskedAnswers)
        tally.note(.clientGuessed, count: guessedClients)
        tally.note(.streamResynchronized, count: resynchronizations)
        tally.note(.tlsMalformed, count: tlsMalformed)
        tally.note(.proxyMalformed, count: proxyMalformed)
        tally.note(.proxyHeaderCut, count: cutProxyHeaders)
        tally.note(.requestHeadCut, count: cutHeads)
        tally.note(.dnsMalformed, count: dnsMalformed)
        tally.note(.http2Malformed, count: http2Malformed)
    }
}
