import Foundation
import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Testing

/// Every valid capture of the shared data against what tshark 4.0.17 counts in it.
@Suite(.enabled(if: Evidence.isThere)) struct WiresharkTruthTests {
    /// What is compared: the column of `tcp_summary.tsv` and how tracking tells it.
    private static let columns = [
        "tcp_streams", "rst_frames", "retrans_frames", "ooo_frames", "zerowin_frames", "dupack_frames",
        "http_req_tcp_frames", "http_resp_tcp_frames",
    ]

    private func counts(_ tracked: Tracked) -> [String: Int] {
        let tcp = tracked.connections.filter { $0.fact.transport == .tcp }.map(\.fact)
        func sum(_ value: (Connection) -> UInt32?) -> Int { tcp.reduce(0) { $0 + Int(value($1) ?? 0) } }
        return [
            "tcp_streams": tcp.count, "rst_frames": sum(\.resets), "retrans_frames": sum(\.retransmissions),
            "ooo_frames": sum(\.outOfOrder), "zerowin_frames": sum(\.zeroWindows),
            "dupack_frames": sum(\.duplicateACKs), "http_req_tcp_frames": Int(tracked.counters.httpRequests),
            "http_resp_tcp_frames": Int(tracked.counters.httpResponses),
        ]
    }

    /// Differences that follow from a definition, by the end of the file's name.
    private static let explained: [String: String] = [
        "http/vnd.ms-cab-compressed-multi-conn.pcap": copies, "tcp/ssh-dups.pcap": copies,
        "pcap/http-post-upload.pcap": copies, "pcap/wireshark-retrans.pcap": copies,
        "pcap/tcpseq_synthetic.pcap": copies, "PacketExamples/ldap.pcapng": copies,
        "tracefiles/linux-cooked-unsw-nb15.pcap": copies, "inputs/tls.pcap": copies,
        "http/get-to-ssh-server.pcap": anyPort, "CVE-2018-6794.pcap": anyPort,
        "tcp-urgp-01-oob/tcp-urgent1.pcap": anyPort,
        "transform-base64-7296/input.pcap": clockJump,
        "firewall/tcp-session-decode-malformed-ipv4/input.pcap": damaged,
        "geneve/30_geneve_vni_byte_order_distinct_values.pcap": networks,
        "monitor_large/week1_baseline.pcap": unnumbered, "monitor_large/week3_telnet_bittorrent.pcap": unnumbered,
        "monitor_large/week2_personal_laptop_vpn.pcap": unnumbered,
        "monitor_large/week8_near_baseline.pcap": unnumbered,
        "pcap_examples/tcp-reassembly.pcap": sampled,
        "bgp-bgp_capabilities_print-oobr-1.pcap": fragment, "bgp-bgp_capabilities_print-oobr-2.pcap": fragment,
        "Traces/erspan.pcap": cutBodies,
        "http/http-bad-request-with-version.pcap": garbled, "http/methods.pcap": garbled,
    ]
    private static let copies = "copies of a packet (same IP id at once) are no retransmissions and no duplicate ACKs"
    private static let anyPort = "HTTP is told by its bytes, not by its port"
    private static let clockJump = "the capture's clock runs backwards"
    private static let damaged = "a damaged header is decoded as far as it goes"
    private static let unnumbered = "every segment has the SYN's number: the first byte of a head lies where the SYN is"
    private static let sampled = "the headers that an sFlow datagram quotes are data, not packets"
    private static let fragment = "the first fragment of a datagram whose others never come is not tracked"
    private static let cutBodies = "a response is counted at its head; tshark counts it once its body is whole"
    private static let garbled = "a garbled first line that an HTTP server answers is a request"
    private static let networks = "the same addresses in two virtual networks are two flows"

    @Test func `each capture has tshark's counts, or a difference that is explained`() {
        let rows = Evidence.table("tcp_summary.tsv").filter { $0["rc"] == "0" }
        #expect(rows.count > 300)
        var compared = 0
        var used: Set<String> = []
        for row in rows {
            guard let file = row["file"] else { continue }
            let batches = Evidence.packets(Evidence.read(file))
            // Containers and link types that this test's reader or the decoder does not know have nothing to compare.
            let isDecoded = batches.contains { $0.packets.contains { $0.transport == .tcp } }
            if !isDecoded { continue }
            compared += 1
            let found = counts(Tracked(batches))
            for column in Self.columns where found[column] != Int(row[column] ?? "") {
                let reason = Self.explained.first { file.hasSuffix($0.key) }
                if let reason { used.insert(reason.key) }
                #expect(reason != nil, "\(file): \(column) \(found[column] ?? 0), tshark \(row[column] ?? "")")
            }
        }
        #expect(compared > 150)
        let unused = Set(Self.explained.keys).subtracting(used)
        #expect(unused.isEmpty, "explanations that explain nothing: \(unused)")
    }

    @Test func `server names are tshark's`() {
        for row in Evidence.table("tcp_summary.tsv") where row["rc"] == "0" && (Int(row["sni_frames"] ?? "") ?? 0) > 0 {
            guard let file = row["file"] else { continue }
            let name = file.dropFirst("pcaps/".count).split(separator: "/").joined(separator: "__")
            let events = String(decoding: Evidence.read("truth/events/\(name).tsv"), as: UTF8.self)
            var expected: Set<String> = []
            for line in events.split(separator: "\n") {
                let words = line.split(separator: "\t", omittingEmptySubsequences: false)
                if words.count > 8, words[7].split(separator: ",").contains("SNI") { expected.insert(String(words[8])) }
            }
            let tracked = Tracked(Evidence.packets(Evidence.read(file)))
            let found = Set(tracked.connections.filter { $0.fact.tlsVersion != .none }.compactMap(\.domain))
            let missing = expected.subtracting(found).sorted()
            #expect(missing.isEmpty, "\(file): \(missing)")
        }
    }
}
