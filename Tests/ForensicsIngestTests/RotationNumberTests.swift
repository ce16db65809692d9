import ForensicsIngest
import Testing

@Suite struct RotationNumberTests {
    @Test(arguments: [
        // tcpdump -C, then with -W, without an extension, and compressed by -z.
        ("f.pcap", 0), ("f.pcap1", 1), ("f.pcap12", 12), ("a/f.pcap007", 7), ("cap", 0), ("cap3", 3), ("cap00", 0),
        ("f.pcap12.gz", 12), ("f.pcapng3", 3),
        // dumpcap, editcap.
        ("name_00001_20260101120000.pcap", 1), ("name_00123_20260101120000.pcapng.gz", 123),
        ("name_00002_20260101120000", 2),
        // What may be a time of day, or the name of a host, is no number.
        ("cap-1435.pcap", 0), ("cap_14-35-10", 0), ("cap143510", 0), ("web2.pcap", 0), ("web12", 12),
        ("2026-01-01.pcap", 0), ("ip-10-0-1-5.pcap", 0), ("", 0), ("7", 0),
        ("t.pcap1700000000", 0), ("t.pcap9223372036854775807", 0), ("t.pcap99999999999999999999", 0),
    ])
    func `the number of a rotated file is where tools put it`(name: String, number: Int) {
        #expect(RotationNumber.number(of: name) == number)
    }

    @Test(
        arguments: [
            ("f.pcap1", "f.pcap2", [], false), ("f.pcap1", "f.pcap3", [], true), ("f.pcap1", "f.pcap3", [2], false),
            ("f.pcap1", "f.pcap4", [2], true), ("f.pcap", "f.pcap2", [], true), ("f.pcap9", "f.pcap0", [], false),
            ("f.pcap", "f.pcap9223372036854775807", [], false),
        ] as [(String, String, Set<Int>, Bool)])
    func `files are missing where numbers skip that no empty file has`(
        left: String, right: String, present: Set<Int>, isMissing: Bool
    ) {
        #expect(RotationNumber.skips(from: left, to: right, present: present) == isMissing)
    }
}
