import Foundation
import Testing

/// Records that lie far from all others, and times that no record has: neither hides an incident, nor stops a command.
@Suite(.enabled(if: Program.path != nil)) struct FarRecordTests {
    /// Two hours of about twenty requests a minute, and five times as many from 01:20 to 01:40.
    private static func log() -> String {
        var lines = ""
        for minute in 0..<120 {
            let count = (80..<100).contains(minute) ? 100 + minute * 7 % 9 : 18 + minute * 7 % 5
            for place in 0..<count {
                let clock = "2026-03-17T0\(minute / 60):\(minute % 60 < 10 ? "0" : "")\(minute % 60)"
                lines += line("\(clock):\(place * 59 / count < 10 ? "0" : "")\(place * 59 / count)", place)
            }
        }
        return lines
    }

    private static func line(_ clock: String, _ place: Int) -> String {
        "http \(clock).000000Z app/web/50dc6c495c0c9188 192.0.2.\(place % 40 + 1):40000 10.0.9.1:8080 0.001 0.020 0.000 "
            + "200 200 300 1000 \"GET http://www.example.com:80/a HTTP/1.1\" \"curl/8.1\" - - "
            + "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/a/73e2d6bc24d8a067 "
            + "\"Root=1-58337262-36d228ad5d99923122bbe354\" \"-\" \"-\" 0 \(clock).000000Z "
            + "\"forward\" \"-\" \"-\" \"10.0.9.1:8080\" \"200\" \"-\" \"-\"\n"
    }

    @Test(arguments: ["1990-03-17T01:00:00", "2023-12-17T10:00:00", "2199-12-31T23:00:00"])
    func `a line of another year hides no spike, and is told`(clock: String) throws {
        let folder = try Folder()
        defer { folder.remove() }
        _ = try folder.file("logs/alb.log", Data(Self.log().utf8))
        _ = try folder.file("logs/stray.log", Data(Self.line(clock, 0).utf8))
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", folder.path("logs"), "--store", store, "--quiet"]).status == 0)
        let list = try Program.run(["spikes", "--store", store])
        #expect(list.status == 0, "\(list.errors)")
        #expect(list.output.contains("--during 2026-03-17T01:20:00Z/2026-03-17T01:40:00Z"), "\(list.output)")
        #expect(list.errors.contains("Left out: 1 record between \(clock.prefix(13))"), "\(list.errors)")
        let chosen = ["compare", "--before", "auto", "--during", "auto", "--store", store]
        let compared = try Program.run(chosen)
        #expect(compared.status == 0, "\(compared.errors)")
        #expect(compared.output.contains("Between 01:20 and 01:40 UTC on 2026-03-17"), "\(compared.output)")
        // Lines of the caveats break anywhere.
        let words = compared.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(words.contains("Left out: 1 record between \(clock.prefix(13))"), "\(compared.output)")
    }

    /// Forty minutes of ten conversations, and forty from 00:20 to 00:30, as microseconds from the beginning.
    private static func talks() -> [SmallCapture.Segment] {
        var segments: [SmallCapture.Segment] = []
        for minute in Int64(0)..<40 {
            let count = (20..<30).contains(minute) ? 40 + minute % 3 : 10 + minute % 3
            for place in 0..<count {
                segments += SmallCapture.talk(
                    client: UInt8(place % 30 + 1), port: UInt16(2000 + minute * 50 + place),
                    at: (minute * 60 + place) * 1_000_000)
            }
        }
        return segments.sorted { $0.time < $1.time }
    }

    @Test func `a first packet from before the clock was set hides no spike of a capture`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        var segments = Self.talks()
        segments[0].time = -SmallCapture.beginning * 1_000_000
        _ = try folder.file("cap/web.pcap", SmallCapture.file(segments))
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", folder.path("cap"), "--store", store, "--quiet"]).status == 0)
        let list = try Program.run(["spikes", "--store", store])
        #expect(list.status == 0, "\(list.errors)")
        #expect(list.output.contains("--during 2026-03-17T09:20:00Z/2026-03-17T09:30:00Z"), "\(list.output)")
    }

    // MARK: - Times that no capture has

    /// The capture as pcapng on an interface with this if_tsoffset; its times are nanoseconds as 64-bit ticks, `ticks` more.
    private static func pcapng(_ segments: [SmallCapture.Segment], offset: Int64, ticks: UInt64) -> Data {
        let file = [UInt8](SmallCapture.file(segments))
        func little(_ value: UInt64, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
        }
        func number(_ at: Int) -> Int { (0..<4).reduce(0) { $0 | Int(file[at + $1]) << (8 * $1) } }
        func block(_ type: UInt64, _ body: [UInt8]) -> [UInt8] {
            let padded = body + [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
            let length = little(UInt64(padded.count + 12), 4)
            return little(type, 4) + length + padded + length
        }
        let versions: [UInt8] = [0x4D, 0x3C, 0x2B, 0x1A, 1, 0, 0, 0]
        var out = block(0x0A0D_0D0A, versions + [UInt8](repeating: 0xFF, count: 8))
        let options = [9, 0, 1, 0, 9, 0, 0, 0, 14, 0, 8, 0] + little(UInt64(bitPattern: offset), 8) + [0, 0, 0, 0]
        out += block(1, [101, 0, 0, 0, 0, 0, 0, 0] + options)
        var at = 24
        while at < file.count {
            let time = UInt64(number(at)) * 1_000_000_000 + UInt64(number(at + 4)) * 1000 &+ ticks
            let length = number(at + 8)
            let head = little(0, 4) + little(time >> 32, 4) + little(time & 0xFFFF_FFFF, 4)
            out += block(
                6, head + little(UInt64(length), 4) + little(UInt64(length), 4) + file[at + 16..<at + 16 + length])
            at += 16 + length
        }
        return Data(out)
    }

    /// if_tsoffset in seconds and what is added to the ticks.
    static let clocks: [(offset: Int64, ticks: UInt64)] = [
        (.min, 0), (.max, 0), (-9_223_372_036, 0), (-9_223_372_037, 0), (9_000_000_000, 0), (-1_773_740_000, 0),
        (0, 7_449_600_000_000_000_000), (0, UInt64.max - 1_773_900_000_000_000_000), (0, 7_000_000_000_000_000_000),
    ]

    @Test(arguments: clocks) func `a capture of times that there are not stops no command and has them counted`(
        offset: Int64, ticks: UInt64
    ) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let talk = SmallCapture.talk(client: 9, port: 4000, at: 0)
        let sound = SmallCapture.talk(client: 10, port: 4001, at: 1_000_000)
        _ = try folder.file("odd/a.pcapng", Self.pcapng(talk, offset: offset, ticks: ticks))
        _ = try folder.file("both/a.pcapng", Self.pcapng(talk, offset: offset, ticks: ticks))
        _ = try folder.file("both/b.pcapng", Self.pcapng(sound, offset: 0, ticks: 0))
        for name in ["odd", "both"] {
            let store = folder.path("\(name).db")
            let run = try Program.run(["ingest", folder.path(name), "--store", store])
            #expect(run.status == 0, "\(run.errors)")
            let count = try Program.run([
                "query", "SELECT sum(json_extract(anomalies, '$.\"packet-without-time\"')) FROM sources",
                "--store", store, "--format", "csv",
            ])
            #expect(count.output.split(whereSeparator: \.isNewline).last == "8", "\(count.output) \(count.errors)")
            for arguments in [
                ["summary"], ["sources"], ["timeline"], ["top", "client"], ["top", "path"], ["top", "connection"],
                ["findings"], ["spikes"],
                [
                    "report", "--before", "1970-01-01T00:00:00Z/1m", "--during",
                    "2026-03-17T09:00:00Z/1m", "--output", folder.path("r.html"),
                ],
            ] {
                let answer = try Program.run(arguments + ["--store", store])
                // No window of the report need be covered, and none stands out.
                #expect([0, 65].contains(answer.status), "\(arguments) \(answer.status): \(answer.errors)")
            }
        }
    }
}
