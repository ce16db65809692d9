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
        "http_req_tcp_frames", "http_resp_tcp_frames", "http_4xx_tcp", "http_5xx_tcp",
    ]

    private func counts(_ tracked: Tracked) -> [String: Int] {
        let tcp = tracked.connections.filter { $0.fact.transport == .tcp }.map(\.fact)
        func sum(_ value: (Connection) -> UInt32?) -> Int { tcp.reduce(0) { $0 + Int(value($1) ?? 0) } }
        let statuses = tracked.exchanges.filter { $0.fact.httpVersion != .http2 }.compactMap(\.fact.status)
        return [
            "tcp_streams": tcp.count, "rst_frames": sum(\.resets), "retrans_frames": sum(\.retransmissions),
            "ooo_frames": sum(\.outOfOrder), "zerowin_frames": sum(\.zeroWindows),
            "dupack_frames": sum(\.duplicateACKs), "http_req_tcp_frames": Int(tracked.counters.httpRequests),
            "http_resp_tcp_frames": Int(tracked.counters.httpResponses),
            "http_4xx_tcp": statuses.count { (400..<500).contains($0) },
            "http_5xx_tcp": statuses.count { (500..<600).contains($0) },
        ]
    }

    /// Differences that follow from a definition: by file what tracking counts, and behind the slash what tshark does.
    private static let explained: [String: (reason: String, differences: String)] = [
        "AlexeyVasilev+PcapFlowLab/tests/data/parsing/geneve/06_geneve_invalid_version.pcap": (
            version, "tcp_streams 0/1"
        ),
        "AlexeyVasilev+PcapFlowLab/tests/data/parsing/geneve/30_geneve_vni_byte_order_distinct_values.pcap": (
            networks, "tcp_streams 2/1 retrans_frames 0/1"
        ),
        "AlexeyVasilev+PcapFlowLab/tests/data/parsing/gtpu/24_gtpu_flag_matrix_inner_ipv4_tcp.pcap": (
            mobile, "tcp_streams 0/1 retrans_frames 0/4 zerowin_frames 0/5"
        ),
        "AlexeyVasilev+PcapFlowLab/tests/data/parsing/gtpu/25_gtpu_outer_tagged_contexts.pcap": (
            mobile, "tcp_streams 0/1 retrans_frames 0/2 zerowin_frames 0/3"
        ),
        "AlexeyVasilev+PcapFlowLab/tests/data/parsing/gtpu/28_gtpu_linux_sll2_inner_ipv6_tcp.pcap": (
            mobile, "tcp_streams 0/1 zerowin_frames 0/1"
        ),
        "CESNET+ipfixprobe/tests/functional/inputs/tls.pcap": (
            copies, "retrans_frames 1/63"
        ),
        "NotYuSheng+TracePcap/sample-files/monitor_large/week1_baseline.pcap": (
            unnumbered, "http_req_tcp_frames 19/112"
        ),
        "NotYuSheng+TracePcap/sample-files/monitor_large/week2_personal_laptop_vpn.pcap": (
            unnumbered, "http_req_tcp_frames 26/111"
        ),
        "NotYuSheng+TracePcap/sample-files/monitor_large/week3_telnet_bittorrent.pcap": (
            unnumbered, "http_req_tcp_frames 15/95"
        ),
        "NotYuSheng+TracePcap/sample-files/monitor_large/week8_near_baseline.pcap": (
            unnumbered, "http_req_tcp_frames 23/102"
        ),
        "OISF+suricata-verify/tests/firewall/tcp-session-decode-malformed-ipv4/input.pcap": (
            damaged, "retrans_frames 1/0 http_req_tcp_frames 1/0"
        ),
        "OISF+suricata-verify/tests/tcp-urgp-01-oob/tcp-urgent1.pcap": (
            anyPort, "http_req_tcp_frames 1/0"
        ),
        "OISF+suricata-verify/tests/transform-base64-7296/input.pcap": (
            damaged, "retrans_frames 0/4 zerowin_frames 2/0"
        ),
        "arkime+arkime/tests/pcap/80211http.pcap": (
            link,
            "tcp_streams 0/1 retrans_frames 0/1 dupack_frames 0/1 http_req_tcp_frames 0/7 http_resp_tcp_frames 0/7 http_4xx_tcp 0/2"
        ),
        "deepflowio+deepflow/agent/resources/test/flow_generator/client-no-response.pcap": (
            synCopies, "retrans_frames 0/3"
        ),
        "zeek+zeek/testing/btest/Traces/tcp/reassembly.pcap": (
            holed, "http_req_tcp_frames 1/0"
        ),
        "arkime+arkime/tests/pcap/gtp-iphone.pcap": (
            mobile, "tcp_streams 0/4"
        ),
        "arkime+arkime/tests/pcap/http-post-upload.pcap": (
            copies, "retrans_frames 0/10 ooo_frames 0/1 dupack_frames 0/6"
        ),
        "arkime+arkime/tests/pcap/tcpseq_synthetic.pcap": (
            copies, "retrans_frames 0/1"
        ),
        "arkime+arkime/tests/pcap/wireshark-retrans.pcap": (
            copies, "retrans_frames 2/47 ooo_frames 0/1 dupack_frames 0/27 http_resp_tcp_frames 4/6"
        ),
        "dotpcap+packetnet/Test/CaptureFiles/80211_unencrypted_data_frame.pcap": (
            link, "tcp_streams 0/1 http_req_tcp_frames 0/1"
        ),
        "fpcap+fpcap/tracefiles/linux-cooked-unsw-nb15.pcap": (
            copies + "; " + anyPort, "retrans_frames 0/332 dupack_frames 0/155 http_req_tcp_frames 26/25"
        ),
        "mtottenh+pcapsql/fuzz/corpus/fuzz_pcap_reader/netlink-conntrack.pcap": (
            link, "tcp_streams 0/1 http_req_tcp_frames 0/1 http_resp_tcp_frames 0/1"
        ),
        "mtottenh+pcapsql/fuzz/corpus/fuzz_pcap_reader/nflog.pcap": (
            link, "tcp_streams 0/1 retrans_frames 0/2 http_req_tcp_frames 0/1 http_resp_tcp_frames 0/1"
        ),
        "seladb+PcapPlusPlus/Tests/ExamplesTest/pcap_examples/solaris.snoop": (
            container, "tcp_streams 0/1"
        ),
        "seladb+PcapPlusPlus/Tests/ExamplesTest/pcap_examples/tcp-reassembly.pcap": (
            sampled, "tcp_streams 1/2"
        ),
        "seladb+PcapPlusPlus/Tests/Packet++Test/PacketExamples/ldap.pcapng": (
            copies, "retrans_frames 1/2"
        ),
        "the-tcpdump-group+libpcap/tests/filter/arcnet-rfc1201-arp-icmp-http.pcap": (
            link, "tcp_streams 0/1"
        ),
        "the-tcpdump-group+tcpdump/tests/bgp-aigp.pcap": (
            link, "tcp_streams 0/1"
        ),
        "the-tcpdump-group+tcpdump/tests/bgp-bgp_capabilities_print-oobr-1.pcap": (
            fragment, "tcp_streams 0/1"
        ),
        "the-tcpdump-group+tcpdump/tests/bgp-bgp_capabilities_print-oobr-2.pcap": (
            fragment, "tcp_streams 0/1"
        ),
        "the-tcpdump-group+tcpdump/tests/ipoib.pcap": (
            link, "tcp_streams 0/6"
        ),
        "zeek+zeek/testing/btest/Traces/dns-inverse-query.pcap": (
            link, "tcp_streams 0/1"
        ),
        "zeek+zeek/testing/btest/Traces/erspan.pcap": (
            cutBodies, "http_resp_tcp_frames 17/14"
        ),
        "zeek+zeek/testing/btest/Traces/http/get-to-ssh-server.pcap": (
            anyPort, "http_req_tcp_frames 1/0"
        ),
        "zeek+zeek/testing/btest/Traces/http/http-bad-request-with-version.pcap": (
            garbled, "http_req_tcp_frames 1/0"
        ),
        "zeek+zeek/testing/btest/Traces/http/methods.pcap": (
            garbled, "http_req_tcp_frames 48/27 http_resp_tcp_frames 48/49 http_4xx_tcp 43/44"
        ),
        "zeek+zeek/testing/btest/Traces/http/vnd.ms-cab-compressed-multi-conn.pcap": (
            copies, "rst_frames 5/10 retrans_frames 1/50 dupack_frames 1/25"
        ),
        "zeek+zeek/testing/btest/Traces/llc.pcap": (
            link, "tcp_streams 0/1 rst_frames 0/1333"
        ),
        "zeek+zeek/testing/btest/Traces/tcp/ssh-dups.pcap": (
            copies, "retrans_frames 0/166 dupack_frames 31/114"
        ),
    ]

    private static let copies =
        "copies of a packet (same IP id, or bytes, at once) are no retransmissions and no duplicate ACKs"
    private static let synCopies =
        "a SYN of the same bytes and timestamps within 10 ms is a copy: it is sent again after a second (RFC 6298, section 2)"
    private static let anyPort = "HTTP is told by its bytes, not by its port"
    private static let holed = "a head of which the middle was not captured is told by its beginning"
    private static let damaged = "a damaged header is decoded as far as it goes"
    private static let unnumbered = "every segment has the SYN's number: the first byte of a head lies where the SYN is"
    private static let sampled = "the headers that an sFlow datagram quotes are data, not packets"
    private static let fragment = "the first fragment of a datagram whose others never come is not tracked"
    private static let cutBodies = "a response is counted at its head; tshark counts it once its body is whole"
    private static let garbled = "a garbled first line that an HTTP server answers is a request"
    private static let link =
        "frames of this link type are not decoded: FDDI, ARCNET, InfiniBand, 802.11, Juniper, NFLOG, Netlink"
    private static let container = "snoop is no container that is read"
    private static let mobile = "GTP-U, a tunnel of mobile networks, is not followed"
    private static let version = "a GENEVE header of an unknown version is not read on; RFC 8926, section 3.4"
    private static let networks = "the same addresses in two virtual networks are two flows"

    @Test func `each capture has tshark's counts, or a difference that is listed and explained`() {
        let rows = Evidence.table("tcp_summary.tsv").filter { $0["rc"] == "0" }
        #expect(rows.count > 300)
        var used: Set<String> = []
        for row in rows {
            guard let file = row["file"] else { continue }
            let found = counts(Tracked(Evidence.packets(Evidence.read(file))))
            // Also where the reader or the decoder does not know the container or the link type: nothing is left out.
            let differences = Self.columns.filter { found[$0] != Int(row[$0] ?? "") }.map {
                "\($0) \(found[$0] ?? 0)/\(row[$0] ?? "")"
            }.joined(separator: " ")
            let name = String(file.dropFirst("pcaps/".count))
            let known = Self.explained[name]
            if known != nil { used.insert(name) }
            #expect(differences == known?.differences ?? "", "\(file): \(known?.reason ?? "")")
        }
        let unused = Set(Self.explained.keys).subtracting(used)
        #expect(unused.isEmpty, "explanations of files that are not there: \(unused)")
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
            #expect(found == expected, "\(file)")
        }
    }
}
