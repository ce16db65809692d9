import ForensicsCapture
import ForensicsModel
import Testing

@Suite struct CaptureFilterTests {
    /// An Ethernet frame with a TCP segment.
    private static func frame(from: [UInt8], to: [UInt8], port: UInt16) -> [UInt8] {
        [UInt8](repeating: 2, count: 12) + [8, 0, 0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0] + from + to
            + [0x9C, 0x40, UInt8(port >> 8), UInt8(port & 255)] + [UInt8](repeating: 0, count: 16)
    }

    @Test func `a joined program accepts what both accept`() throws {
        let user = try CaptureFilter.compile("tcp port 80 or tcp port 443", linkType: 1)
        let sample = FlowSample(rate: 3)
        let sampling = try #require(SamplingProgram.program(sample, linkType: 1))
        let joined = user.joined(with: sampling)
        var accepted = 0
        for client in 0..<200 {
            for port: UInt16 in [80, 443, 22] {
                let frame = Self.frame(from: [10, 0, 0, UInt8(client)], to: [10, 0, 1, 1], port: port)
                let expected = port != 22 && CaptureFilter.accepts(sampling, frame)
                #expect(CaptureFilter.accepts(joined, frame) == expected)
                if expected { accepted += 1 }
            }
        }
        #expect(accepted > 50)
    }

    @Test(arguments: [
        ("10.0.0.0/8", [10, 1, 2, 3], false), ("10.0.0.0/8", [11, 1, 2, 3], true),
        ("192.0.2.7", [192, 0, 2, 7], false),
    ])
    func `ignored addresses stay outside in either direction`(block: String, address: [UInt8], passes: Bool) throws {
        let network = try #require(IPNetwork(block))
        let text = try #require(CaptureFilter.expression(nil, ignoring: [network]))
        let program = try CaptureFilter.compile(text, linkType: 1)
        let other: [UInt8] = [203, 0, 113, 9]
        #expect(CaptureFilter.accepts(program, Self.frame(from: address, to: other, port: 80)) == passes)
        #expect(CaptureFilter.accepts(program, Self.frame(from: other, to: address, port: 80)) == passes)
    }

    @Test(
        arguments: [
            // VXLAN, GENEVE, GRE, IPv4 and IPv6 in IP, a later fragment; DNS, and the first of several fragments.
            (17, 4789, 0, true), (17, 6081, 0, true), (47, 0, 0, true), (4, 0, 0, true), (41, 0, 0, true),
            (17, 53, 0x2001, true), (17, 53, 0, false), (17, 53, 0x2000, false),
        ] as [(UInt8, UInt16, UInt16, Bool)])
    func `what may carry others inside passes, whoever sends it`(
        number: UInt8, port: UInt16, fragment: UInt16, passes: Bool
    ) throws {
        let network = try #require(IPNetwork("10.0.0.0/8"))
        let text = try #require(CaptureFilter.expression(nil, ignoring: [network]))
        let program = try CaptureFilter.compile(text, linkType: 1)
        var frame = Self.frame(from: [10, 0, 0, 1], to: [10, 0, 0, 2], port: port)
        (frame[20], frame[21], frame[23]) = (UInt8(fragment >> 8), UInt8(fragment & 255), number)
        #expect(CaptureFilter.accepts(program, frame) == passes)
    }

    @Test(
        arguments: [
            (nil, [], nil), (" ", [], nil), ("tcp port 80", [], "(tcp port 80)"),
            (
                "tcp or udp", ["2001:db8::/32", "10.0.0.0/8"],
                "(tcp or udp) and (not (net 2001:db8::/32 or net 10.0.0.0/8) or udp port 4789 or udp port 4790 or "
                    + "udp port 8472 or udp port 6081 or proto 47 or proto 4 or proto 41 or ip[6:2] & 0x1fff != 0)"
            ),
        ] as [(String?, [String], String?)])
    func `expressions are joined so that neither changes the other`(
        filter: String?, ignored: [String], expected: String?
    ) {
        #expect(CaptureFilter.expression(filter, ignoring: ignored.compactMap { IPNetwork($0) }) == expected)
    }

    @Test func `a filter that is none is refused with libpcap's reason`() {
        let error = #expect(throws: CaptureError.self) { try CaptureFilter.compile("tcp prot 80", linkType: 1) }
        #expect(error?.code == .badFilter)
        #expect(error?.message.contains("tcp prot 80") == true)
    }
}

@Suite struct NetworkInterfacesTests {
    private static let header = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"

    @Test func `the default route with the lowest metric decides`() {
        let table =
            Self.header + "eth1\t00000000\t0101A8C0\t0003\t0\t0\t200\t00000000\t0\t0\t0\n"
            + "eth0\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
            + "eth2\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
        #expect(NetworkInterfaces.ofDefaultRoute(table: table, table6: "") == "eth0")
    }

    @Test func `without IPv4 the route of IPv6 decides, unreachable ones left out`() {
        let zero = String(repeating: "0", count: 32)
        let table6 =
            "\(zero) 00 \(zero) 00 \(zero) ffffffff 00000001 00000000 00200200       lo\n"
            + "\(zero) 00 \(zero) 00 fe800000000000000000000000000001 00000400 00000002 00000000 00450003     ens5\n"
        #expect(NetworkInterfaces.ofDefaultRoute(table: Self.header, table6: table6) == "ens5")
    }

    @Test func `a machine without a default route has no default interface`() {
        #expect(NetworkInterfaces.ofDefaultRoute(table: Self.header, table6: "") == nil)
        #expect(NetworkInterfaces.ofDefaultRoute(table: "", table6: "garbage\n\n00 1") == nil)
    }
}
