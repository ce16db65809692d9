import ForensicsIngest
import ForensicsModel
import Testing

@Suite struct CaptureSetTests {
    private func group(_ paths: [String]) -> [[String]] {
        let captures = paths.map { CaptureSummary(path: $0, firstTime: nil, linkType: 1, interface: nil) }
        return CaptureSets.group(captures).map { $0.members.map(\.path) }
    }

    static let together: [(String, [String])] = [
        ("f", ["f", "f1", "f10", "f2"]),
        ("target.pcap", ["target.pcap", "target.pcap1", "target.pcap2.gz"]),
        ("target.pcap", ["target.pcap0.gz", "target.pcap1.gz", "target.pcap10"]),
        ("target.pcap", ["target.pcap00", "target.pcap01"]),
        ("target.pcap", ["target.pcap.1", "target.pcap.2.gz"]),
        ("name.pcapng", ["name_00001_20260101120000.pcapng", "name_00002_20260101120500.pcapng"]),
        ("name.pcap", ["name_20260101120000_00001.pcap", "name_20260101120500_00002.pcap"]),
        ("cap.pcap", ["cap-2026-01-01_12:00:00.pcap", "cap-2026-01-01_12:05:00.pcap.gz"]),
        ("cap.pcap", ["cap-2026-01-01_12-00-00.pcap", "cap-2026-01-01_12-05-00.pcap"]),
        ("cap.pcap", ["cap-2026-01-01T12:00:00Z.pcap", "cap-2026-01-01T12:05:00Z.pcap"]),
        ("cap.pcap", ["cap_2026-01-01T12:00:00+0100.pcap", "cap_2026-01-01T13:00:00+0100.pcap"]),
        ("cap.pcap", ["cap_20260101_120000.pcap", "cap_20260101_120500.pcap"]),
        ("cap.pcap", ["cap-20260101.pcap", "cap-20260102.pcap"]),
        ("cap.pcap", ["cap202601011200.pcap", "cap202601011205.pcap"]),
        ("cap.pcap", ["cap-1767268800.pcap", "cap-1767269100.pcap"]),
        ("cap.pcap", ["cap-120000.pcap", "cap-120500.pcap"]),
        ("cap.pcap", ["cap_12:00:00.pcap", "cap_12:05:00.pcap"]),
        ("cap.pcap", ["cap-2026-01-01.pcap", "cap-2026-01-01.pcap1", "cap-2026-01-01.pcap2"]),
        ("web1.pcap", ["20260101-120000-web1.pcap", "20260101-120500-web1.pcap"]),
        ("web1-eth0.pcap", ["web1-20260101-eth0.pcap", "web1-20260102-eth0.pcap"]),
        ("capture.pcap", ["2026-01-01_12-00-00.pcap", "2026-01-01_13-00-00.pcap"]),
        ("trace.cap", ["trace0999.cap", "trace1000.cap", "trace1001.cap"]),
        ("a.CAP", ["a_0001.CAP", "a_0002.CAP.GZ"]),
        ("trace.pcap", ["trace.pcap_0", "trace.pcap_1.gz"]), ("cap.pcap", ["cap.pcap.part0", "cap.pcap.part10"]),
        ("cap.pcap", ["cap.pcap-1", "cap.pcap-2"]),
    ]

    @Test(arguments: together) func `rotated files are one set`(stem: String, names: [String]) {
        let captures = names.map { CaptureSummary(path: "d/" + $0, firstTime: nil, linkType: 1, interface: nil) }
        let sets = CaptureSets.group(captures.reversed())
        #expect(sets.map(\.vantage) == [stem])
        #expect(sets.first?.members.map(\.path) == names.map { "d/" + $0 })
    }

    static let apart: [[String]] = [
        ["web1.pcap", "web2.pcap"], ["eth0", "eth1"], ["ip-10-0-1-5.pcap", "ip-10-0-1-6.pcap"],
        ["10.20.30.40.pcap", "10.20.30.41.pcap"], ["i-0123456789abcdef0.pcap", "i-0123456789abcdef1.pcap"],
        ["123456789012.pcap", "210987654321.pcap"], ["port443.pcap", "port8443.pcap"],
        ["target-1001.pcap", "target-1002.pcap"], ["f1", "f2"], ["a.pcap", "a.pcapng"], ["x/f.pcap", "y/f.pcap"],
        ["vlan100.cap", "vlan200.cap"], ["eni-0a20260101bc.pcap", "eni-0a20260102bc.pcap"],
    ]

    @Test(arguments: apart) func `other digits are other vantages`(names: [String]) {
        #expect(group(names) == names.map { [$0] })
    }

    @Test func `packet times order a set, not names, because rings wrap`() {
        let times: [(String, Int64?)] = [
            ("f.pcap0", 30), ("f.pcap1", 10), ("f.pcap2", 20), ("f.pcap3", nil), ("f.pcap4", 10),
        ]
        let captures = times.map { name, time in
            CaptureSummary(path: name, firstTime: time.map { Timestamp(nanoseconds: $0) }, linkType: 1, interface: nil)
        }
        let expected = ["f.pcap1", "f.pcap4", "f.pcap2", "f.pcap0", "f.pcap3"]
        #expect(CaptureSets.group(captures).map { $0.members.map(\.path) } == [expected])
        #expect(CaptureSets.group(captures.reversed()) == CaptureSets.group(captures))
    }

    @Test func `link type and interface tell sets apart, and their names say so`() {
        func summary(_ path: String, _ link: UInt16, _ interface: String?) -> CaptureSummary {
            CaptureSummary(path: path, firstTime: nil, linkType: link, interface: interface)
        }
        let sets = CaptureSets.group([
            summary("d/f.pcap", 1, nil), summary("d/f.pcap1", 113, nil), summary("d/g.pcapng", 1, "eth0"),
            summary("d/g.pcapng1", 1, "eth1"), summary("d/g.pcapng2", 1, "eth0"),
        ])
        #expect(sets.map(\.vantage) == ["f.pcap (ethernet)", "f.pcap (cooked)", "g.pcapng (eth0)", "g.pcapng (eth1)"])
        #expect(sets.map(\.members.count) == [1, 1, 2, 1])
    }

    @Test func `equal names in several folders are told apart by as many folders as it takes`() {
        func names(_ folders: [String]) -> [String] {
            CaptureSets.vantageNames(
                folders.map { CaptureSetKey(folder: $0, stem: "f.pcap", linkType: 1, interface: nil) })
        }
        #expect(names(["a"]) == ["f.pcap"])
        #expect(names(["x/a", "x/b"]) == ["a/f.pcap", "b/f.pcap"])
        #expect(names(["x/a", "y/a"]) == ["x/a/f.pcap", "y/a/f.pcap"])
        #expect(names(["", "a"]) == ["f.pcap", "a/f.pcap"])
        #expect(names(["/a", "a"]) == ["/a/f.pcap", "a/f.pcap"])
        #expect(names(["x/b", "x/a"]) == ["b/f.pcap", "a/f.pcap"])
    }

    /// One capture after another, in seconds from first to last packet.
    private static func pieces(_ pieces: [(name: String, first: Int64, last: Int64?)]) -> [CaptureSummary] {
        pieces.map { name, first, last in
            func time(_ seconds: Int64) -> Timestamp {
                Timestamp(nanoseconds: seconds * Timestamp.nanosecondsPerSecond)
            }
            var summary = CaptureSummary(path: "d/" + name, firstTime: time(first), linkType: 1, interface: nil)
            summary.lastTime = last.map(time)
            return summary
        }
    }

    /// Where names leave it open: files, and the stems of their sets.
    static let timed: [([(name: String, first: Int64, last: Int64?)], [String])] = [
        ([("cap0", 0, 10), ("cap1", 10, 20), ("cap2", 21, nil)], ["cap"]),
        ([("cap1", 0, 10), ("cap2", 10, 20), ("cap0", 20, nil)], ["cap"]),
        ([("cap-1435.pcap", 0, 59), ("cap-1436.pcap", 60, nil)], ["cap.pcap"]),
        ([("cap_14-35-00.pcap", 0, 59), ("cap_14-36-00.pcap", 60, nil)], ["cap.pcap"]),
        ([("cap_14-35.pcap", 0, 59), ("cap_14-36.pcap", 60, nil)], ["cap.pcap"]),
        ([("cap_9.pcap", 0, 59), ("cap_10.pcap", 60, nil), ("cap_10.pcap.gz", 60, nil)], ["cap.pcap"]),
        ([("cap.pcap", 0, 10), ("cap1.pcap", 10, nil)], ["cap.pcap"]),
        // A packet of the next file may be a little older; a minute of silence is no other capture.
        ([("cap0", 0, 10), ("cap1", 9, 20)], ["cap"]), ([("cap0", 0, 10), ("cap1", 70, nil)], ["cap"]),
        ([("cap0", 0, 10), ("cap1", 71, nil)], ["cap0", "cap1"]),
        ([("cap0", 0, 10), ("cap1", 8, 20)], ["cap0", "cap1"]),
        ([("eth0", 0, 100), ("eth1", 1, 100)], ["eth0", "eth1"]),
        (
            [("web1.pcap", 0, 100), ("web2.pcap", 100, 200), ("web3.pcap", 150, 250)],
            ["web1.pcap", "web2.pcap", "web3.pcap"]
        ),
        // Ends that are not known.
        ([("cap0", 0, nil), ("cap1", 10, nil)], ["cap0", "cap1"]),
        // Parts of addresses.
        ([("ip-10-0-1-5.pcap", 0, 10), ("ip-10-0-1-6.pcap", 10, nil)], ["ip-10-0-1-5.pcap", "ip-10-0-1-6.pcap"]),
        ([("10.20.30.40.pcap", 0, 10), ("10.20.30.41.pcap", 10, nil)], ["10.20.30.40.pcap", "10.20.30.41.pcap"]),
    ]

    @Test(arguments: timed)
    func `where names leave it open, files that follow one another are one set`(
        pieces: [(name: String, first: Int64, last: Int64?)], stems: [String]
    ) {
        let sets = CaptureSets.group(Self.pieces(pieces))
        #expect(sets.map(\.key.stem) == stems)
        #expect(sets.map(\.isToldByTimes) == stems.map { _ in stems.count == 1 })
        #expect(CaptureSets.group(Self.pieces(pieces).reversed()) == sets)
    }

    @Test func `names that tell all leave nothing to the times`() {
        let captures = Self.pieces([
            ("cap-20260317-i-0abc12345.pcap", 0, 10), ("cap-20260318-i-0abc12345.pcap", 10, 20),
        ])
        #expect(CaptureSets.group(captures).map(\.vantage) == ["cap-i-0abc12345.pcap"])
        #expect(CaptureSets.untold(captures).isEmpty)
    }

    @Test func `the ends that decide are asked for, up to where they do`() {
        let captures = Self.pieces([("cap0", 0, nil), ("cap1", 10, 20), ("cap2", 20, nil), ("cap3", 30, nil)])
        let untold = CaptureSets.untold(captures)
        #expect(untold.map(\.path) == ["d/cap0", "d/cap2"])
        #expect(untold.map { $0.until.nanoseconds / Timestamp.nanosecondsPerSecond } == [11, 31])
        // Where two overlap, no other end matters.
        #expect(CaptureSets.untold(captures + Self.pieces([("cap4", 15, 40)])).isEmpty)
    }

    @Test func `a set that a case holds stays one, however long nothing was seen`() {
        var captures = Self.pieces([("cap0", 0, 10), ("cap1", 10, 20), ("cap2", 5000, nil)])
        captures[0].heldStem = "cap"
        captures[1].heldStem = "cap"
        #expect(CaptureSets.group(captures).map(\.key.stem) == ["cap"])
        captures[2].firstTime = captures[0].firstTime
        #expect(CaptureSets.group(captures).map(\.key.stem) == ["cap", "cap2"])
    }

    static let keys: [(text: String, path: String, folder: String, stem: String, link: UInt16, interface: String?)] = [
        ("/d/cap.pcap#1#", "/d/cap.pcap3", "/d", "cap.pcap", 1, nil),
        ("/d/cap#113#eth0, eth1", "/d/cap0", "/d", "cap", 113, "eth0, eth1"),
        ("/d/cap0#113#a#1", "/d/cap0", "/d", "cap0", 113, "a#1"),
        ("/d/cap.pcap#1#1#x", "/d/cap.pcap", "/d", "cap.pcap", 1, "1#x"),
        ("/d/a#2.pcap#1#", "/d/a#2.pcap", "/d", "a#2.pcap", 1, nil),
        ("//cap.pcap#1#", "/cap.pcap", "/", "cap.pcap", 1, nil), ("/-#1#eth0", "-", "", "-", 1, "eth0"),
        ("/dä/é.pcap#1#", "/dä/é.pcap1", "/dä", "é.pcap", 1, nil),
        ("s3://b/c/t.pcap#1#", "s3://b/c/t.pcap00", "s3://b/c", "t.pcap", 1, nil),
        // What the user named.
        ("/target#1#", "/d/cap.pcap", "", "target", 1, nil), ("/d/front#1#", "/d/cap.pcap", "", "d/front", 1, nil),
        ("/target#1#", "-", "", "target", 1, nil),
    ]

    @Test(arguments: keys)
    func `the key of a set is read back from its text`(
        text: String, path: String, folder: String, stem: String, link: UInt16, interface: String?
    ) throws {
        let key = try #require(CaptureSetKey(text: text, path: path))
        #expect(key == CaptureSetKey(folder: folder, stem: stem, linkType: link, interface: interface))
        #expect(key.text == text || folder == "/")
        #expect(key.isNamed == (folder.isEmpty && stem != "-"))
    }

    @Test(arguments: ["", "live/eth0", "/d/cap.pcap", "/d/cap.pcap#x#", "/d/cap.pcap#1"])
    func `what is no key of a set is none`(text: String) {
        #expect(CaptureSetKey(text: text, path: "/d/cap.pcap") == nil)
    }

    @Test func `a first look tells time, link type and interface`() throws {
        var file = CaptureBuilder()
        file.section()
        file.interface(linkType: 113, name: "eth0")
        file.packet(5, [1, 2])
        let expected = CaptureSummary(
            path: "x", firstTime: Timestamp(nanoseconds: 5000), linkType: 113, interface: "eth0")
        #expect(try CaptureProbe.summary(ByteSource(bytes: file.bytes, path: "x")) == expected)
    }

    /// dumpcap and Wireshark write all interfaces of a capture into each of its files.
    @Test(arguments: [0, 1, 2]) func `a file of several interfaces is of all of them, whichever saw its first packet`(
        interface: UInt32
    ) throws {
        var file = CaptureBuilder()
        file.section()
        for (link, name) in [(113, "eth1"), (1, "eth0"), (113, nil)] as [(UInt16, String?)] {
            file.interface(linkType: link, name: name)
        }
        file.packet(5, [1, 2], interface: interface)
        let summary = try CaptureProbe.summary(ByteSource(bytes: file.bytes, path: "x"))
        #expect(summary.linkType == 1)
        #expect(summary.interface == "eth0, eth1")
    }

    @Test func `the end of a capture is its latest packet, as far as it is looked for`() throws {
        var file = CaptureBuilder()
        file.pcapHeader()
        for second in [5, 9, 7] as [UInt32] { file.record(second, 0, [1]) }
        func end(until seconds: Int64) throws -> Int64? {
            try CaptureProbe.end(
                of: ByteSource(bytes: file.bytes, path: "x"), until: Timestamp(nanoseconds: seconds * 1_000_000_000))?
                .nanoseconds
        }
        #expect(try end(until: 100) == 9_000_000_000)
        #expect(try #require(try end(until: 6)) > 6_000_000_000)
        var empty = CaptureBuilder()
        empty.pcapHeader()
        #expect(
            try CaptureProbe.end(of: ByteSource(bytes: empty.bytes, path: "x"), until: Timestamp(nanoseconds: 0)) == nil
        )
    }
}
