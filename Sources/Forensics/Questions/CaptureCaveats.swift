import ForensicsCompare
import ForensicsModel
import ForensicsStore

/// Says what makes the counts of a capture other than they seem, as tracking noted it in the ledger.
struct CaptureCaveats {
    let session: CaseSession
    let group: EvidenceGroup

    /// One caveat for each thing that was noted of the group's sources; none of logs.
    var all: [ComparisonResult.Caveat] {
        guard group.kind.isCapture else { return [] }
        let ids = Set(group.sources)
        var counts: [String: UInt64] = [:]
        for source in session.sources where ids.contains(source.id) {
            for anomaly in source.anomalies { counts[anomaly.name, default: 0] += anomaly.count }
        }
        return Self.texts.compactMap { entry in
            guard let count = counts[entry.anomaly.name], count > 0 else { return nil }
            let number = NumberText.grouped(Int64(clamping: count))
            return .init(code: entry.code, text: "\(number) \(count == 1 ? entry.one : entry.many)")
        }
    }

    /// Hands each of them to whoever tells the user what to know beside an answer.
    func tell(_ note: (String) -> Void) {
        for caveat in all { note("\(group.name): \(caveat.text)") }
    }

    /// Tells them of the captures that findings rest on, or of all where there is none: what is not read shows nothing.
    static func tell(
        of findings: [Finding], _ session: CaseSession, _ note: (String) -> Void
    ) throws(ForensicsError) {
        let sources = Set(findings.lazy.filter(\.kind.isCapture).flatMap(\.evidence).map(\.id.source))
        for group in try session.groups() where findings.isEmpty || !sources.isDisjoint(with: group.sources) {
            CaptureCaveats(session: session, group: group).tell(note)
        }
    }

    private struct Text {
        var anomaly: Anomaly
        var code: String
        /// What follows the number, of one and of several.
        var one: String
        var many: String

        init(_ anomaly: Anomaly, _ code: String, _ subject: (String, String), _ rest: String) {
            self.anomaly = anomaly
            self.code = code
            one = "\(subject.0) \(rest)"
            many = "\(subject.1) \(rest)"
        }
    }

    private static let texts = [
        Text(
            .flowTableFull, "connections-cut", ("connection was", "connections were"),
            "given out before the end, because more were open at once than --max-memory had room for: how long that is "
                + "lasted, and what became of requests that waited, is not known; read the capture again with more memory."
        ),
        Text(
            .requestTableFull, "requests-cut", ("request is", "requests are"),
            "told without an answer, because more waited at once than --max-memory had room for; read the capture again "
                + "with more memory."),
        Text(
            .tooManyOpenRequests, "requests-crowded", ("request is", "requests are"),
            "told without an answer, because too many of one connection waited at once (256 pipelined, or 1,024 streams of "
                + "HTTP/2): what their answers were, errors too, is not counted."),
        Text(
            .streamBufferFull, "bytes-not-kept", ("part of a stream", "parts of streams"),
            "could not be kept until it could be read, because more waited at once than there was room for (segments behind a "
                + "gap, parts of heads, tables of HTTP/2): requests and answers may be missing; read again with more "
                + "--max-memory, a capture may have them."),
        Text(
            .clientNotCaptured, "client-not-captured", ("request is", "requests are"),
            "told by the answer alone, since nothing of the client was captured: method, path, latency and the client's "
                + "bytes are not known."),
        Text(
            .secondLeg, "second-leg", ("request or connection", "requests and connections"),
            "passed the captured host on a second leg as well, from a proxy or an address translation on: what passes "
                + "is counted once, where it came in."),
        Text(
            .clientGuessed, "guessed-clients", ("connection", "connections"),
            "began before the capture and carried nothing that tells who opened it: who is the client was guessed, from "
                + "which ends answered others, how many each talks to, and ports."),
        Text(
            .mirroredTwice, "mirrored-twice", ("connection", "connections"),
            "came from two sessions of the mirror, each with an identifier (VNI) of its own, and counted twice with all it "
                + "carried; capture one session alone, or filter the capture by VNI."),
        Text(
            .proxyHeaderCut, "clients-cut", ("connection", "connections"),
            "began with a PROXY header that was cut before the client's address: the load balancer stands in the client's "
                + "place; capture more of each packet (snap length)."),
        Text(
            .headerCut, "headers-cut", ("packet was", "packets were"),
            "cut inside the headers, and what connections they are of is not known; capture more of each packet (snap length), 128 "
                + "bytes at least."),
        Text(
            .requestHeadCut, "heads-cut", ("request", "requests"),
            "came from private addresses, or named load balancers, with heads that were not captured whole: where "
                + "X-Forwarded-For was in the rest, a load balancer stands in the client's place, and what such peers did is blamed "
                + "on nobody certain; capture more of each packet (snap length)."),
    ]
}
