import Foundation
import Testing

/// Writes MaxMind DB files from their specification (version 2.0): blocks of IPv4, one record each.
struct AddressDatabaseFile {
    /// Values of a record: texts, numbers and maps of them.
    indirect enum Value {
        case text(String)
        case number(UInt32)
        case map([(String, Value)])

        var encoded: [UInt8] {
            switch self {
            case .text(let text): Self.control(2, text.utf8.count) + Array(text.utf8)
            case .number(let number): Self.control(6, 4) + Self.bytes(number, 4)
            case .map(let fields):
                fields.reduce(into: Self.control(7, fields.count)) { bytes, field in
                    bytes += Value.text(field.0).encoded
                    bytes += field.1.encoded
                }
            }
        }

        static func control(_ type: UInt8, _ size: Int) -> [UInt8] {
            size < 29 ? [type << 5 | UInt8(size)] : [type << 5 | 29, UInt8(size - 29)]
        }

        static func bytes(_ number: UInt32, _ count: Int) -> [UInt8] {
            var bytes: [UInt8] = []
            for index in 0..<count {
                bytes.append(UInt8(truncatingIfNeeded: number >> UInt32(8 * (count - 1 - index))))
            }
            return bytes
        }
    }

    /// Whether the program was built with libmaxminddb: it says so when it was not.
    static func isReadable() throws -> Bool {
        guard Program.path != nil else { return false }
        return try !Program.run(["top", "client", "--mmdb", "/dev/null", "--store", "/dev/null"]).errors
            .contains("built without libmaxminddb")
    }

    private var nodes: [[UInt32?]] = [[nil, nil]]
    private var isLeaf: [[Bool]] = [[false, false]]
    private var data: [UInt8] = []

    mutating func add(_ block: UInt32, length: Int, _ value: Value) {
        let place = UInt32(data.count)
        data += value.encoded
        var node = 0
        for depth in 0..<length {
            let bit = Int(block >> UInt32(31 - depth) & 1)
            if depth == length - 1 {
                nodes[node][bit] = place
                isLeaf[node][bit] = true
            } else if let next = nodes[node][bit] {
                node = Int(next)
            } else {
                nodes[node][bit] = UInt32(nodes.count)
                node = nodes.count
                nodes.append([nil, nil])
                isLeaf.append([false, false])
            }
        }
    }

    func encoded(type: String) -> Data {
        let count = UInt32(nodes.count)
        var file: [UInt8] = []
        for (index, node) in nodes.enumerated() {
            for bit in 0..<2 {
                let record = node[bit].map { isLeaf[index][bit] ? count + 16 + $0 : $0 } ?? count
                file += Value.bytes(record, 3)
            }
        }
        file += [UInt8](repeating: 0, count: 16)
        file += data
        file += [0xAB, 0xCD, 0xEF]
        file += Array("MaxMind.com".utf8)
        func uint16(_ number: UInt32) -> [UInt8] { [0xA2] + Value.bytes(number, 2) }
        let epoch: [UInt8] = [0x04, 0x02] + Value.bytes(1_700_000_000, 4)
        let fields: [(String, [UInt8])] = [
            ("node_count", Value.number(count).encoded), ("record_size", uint16(24)), ("ip_version", uint16(4)),
            ("database_type", Value.text(type).encoded), ("languages", [0x00, 0x04]),
            ("binary_format_major_version", uint16(2)), ("binary_format_minor_version", uint16(0)),
            ("build_epoch", epoch),
            ("description", Value.map([]).encoded),
        ]
        file += Value.control(7, fields.count)
        for field in fields { file += Value.text(field.0).encoded + field.1 }
        return Data(file)
    }
}

/// `--mmdb` on the sample incident: the networks of the planted addresses.
@Suite(
    .enabled(if: Program.path != nil),
    .enabled("this build has no libmaxminddb", { try AddressDatabaseFile.isReadable() }))
struct AddressDatabaseTests {
    private static func files(_ folder: Folder) throws -> [String] {
        let blocks: [(UInt32, UInt32, String, String)] = [
            (0xC633_6400, 64_496, "Northern Example", "NO"), (0xCB00_7100, 64_497, "Southern \"Example\"", "ZA"),
        ]
        var networks = AddressDatabaseFile()
        var countries = AddressDatabaseFile()
        for (block, number, name, country) in blocks {
            networks.add(
                block, length: 24,
                .map([
                    ("autonomous_system_number", .number(number)), ("autonomous_system_organization", .text(name)),
                ]))
            countries.add(block, length: 24, .map([("country", .map([("iso_code", .text(country))]))]))
        }
        return [
            try folder.file("asn.mmdb", networks.encoded(type: "GeoLite2-ASN")).path,
            try folder.file("country.mmdb", countries.encoded(type: "GeoLite2-Country")).path,
        ]
    }

    private static func rows(_ arguments: [String]) throws -> [String: Double] {
        let run = try Program.run(arguments + ["--format", "json", "--kind", "alb"])
        let object = try Answer.rows(run.output)
        var result: [String: Double] = [:]
        for row in object {
            let value = row["value"] as? String ?? row["client_network"] as? String ?? row["asn"] as? String
            let name = value ?? row["country"] as? String ?? ""
            result[name] = row["requests"] as? Double
        }
        return result
    }

    @Test func `networks and countries count what their blocks count`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        #expect(try ResumeTests.ingest(store).status == 0)
        let files = try Self.files(folder)
        let options = ["--store", store] + files.flatMap { ["--mmdb", $0] }
        let blocks = try Self.rows(["top", "client-network", "--limit", "1000"] + options)
        let networks = try Self.rows(["top", "asn"] + options)
        let countries = try Self.rows(["top", "country"] + options)
        let north = try #require(blocks["198.51.100.0/24"])
        let south = try #require(blocks["203.0.113.0/24"])
        #expect(networks == ["AS64496 Northern Example": north, "AS64497 Southern \"Example\"": south])
        #expect(countries == ["NO": north, "ZA": south])
    }

    @Test func `a comparison explains by network and country`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        #expect(try ResumeTests.ingest(store).status == 0)
        let options = ["--store", store] + (try Self.files(folder)).flatMap { ["--mmdb", $0] }
        let run = try Program.run(
            [
                "compare", "--before", "2026-03-17T09:20:00Z/15m", "--during", "2026-03-17T09:35:00Z/15m", "--format",
                "csv", "--table", "explanations",
            ] + options)
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("asn,AS64496 Northern Example"))
        #expect(run.output.contains("country,NO"))
    }

    @Test func `files that tell nothing of what is asked, or know nobody, are told`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        #expect(try ResumeTests.ingest(store).status == 0)
        let files = try Self.files(folder)
        for (dimension, file, type) in [("country", files[0], "GeoLite2-ASN"), ("asn", files[1], "GeoLite2-Country")] {
            let run = try Program.run(["top", dimension, "--store", store, "--mmdb", file, "--quiet"])
            #expect(run.status == 65 && run.output.isEmpty, "\(run.output)")
            #expect(run.errors.contains("\(file): tells no "), "\(run.errors)")
            #expect(run.errors.contains("of the type \(type)"), "\(run.errors)")
        }
        var elsewhere = AddressDatabaseFile()
        elsewhere.add(0x0808_0800, length: 24, .map([("autonomous_system_number", .number(64_499))]))
        let file = try folder.file("elsewhere.mmdb", elsewhere.encoded(type: "GeoLite2-ASN")).path
        let run = try Program.run(["top", "asn", "--store", store, "--mmdb", file])
        #expect(run.status == 0 && run.errors.contains("\(file): knows none of the addresses"), "\(run.errors)")
        let windows = ["--before", "2026-03-17T09:20:00Z/15m", "--during", "2026-03-17T09:35:00Z/15m"]
        let compared = try Program.run(["compare", "--store", store, "--mmdb", file, "--format", "json"] + windows)
        #expect(compared.output.contains("knows none of the addresses"))
        #expect(
            !(try Program.run(["compare", "--store", store, "--mmdb", files[1], "--format", "json"] + windows))
                .output.contains("address-databases"))
    }

    @Test func `a file that is damaged inside is told`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        #expect(try ResumeTests.ingest(store).status == 0)
        var networks = AddressDatabaseFile()
        networks.add(0xC633_6400, length: 24, .map([("autonomous_system_number", .number(64_496))]))
        networks.add(0xCB00_7100, length: 24, .map([("autonomous_system_number", .number(64_497))]))
        let whole = networks.encoded(type: "GeoLite2-ASN")
        // The first record is no map any more but points behind the end of the file.
        var bytes = Array(whole)
        let key = Array("autonomous_system_number".utf8)
        let first = try #require(bytes.indices.first { bytes[$0...].starts(with: key) }) - 3
        bytes.replaceSubrange(first..<first + 5, with: [0x38, 0xFF, 0xFF, 0xFF, 0xFF])
        let file = try folder.file("damaged.mmdb", Data(bytes)).path
        let run = try Program.run(["top", "asn", "--store", store, "--kind", "alb", "--mmdb", file])
        #expect(run.status == 0 && run.output.contains("AS64497"), "\(run.output)")
        #expect(run.errors.contains("\(file): is damaged, "), "\(run.errors)")
        let north = try Program.run(
            ["top", "asn", "--store", store, "--kind", "alb", "--client", "198.51.100.0/24", "--mmdb", file])
        #expect(north.status == 65 && north.errors.contains("\(file): is damaged, "), "\(north.errors)")
    }

    @Test(arguments: [
        (["top", "asn"], 64, "needs --mmdb"), (["top", "asn", "--mmdb", "/nowhere/x.mmdb"], 66, "does not exist"),
        (["top", "asn", "--mmdb", "/etc/passwd"], 65, "is no MaxMind DB"),
    ])
    func `what cannot be used is told`(_ arguments: [String], _ status: Int, _ text: String) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        #expect(try ResumeTests.ingest(store).status == 0)
        let run = try Program.run(arguments + ["--store", store])
        #expect(run.status == status, "\(run.errors)")
        #expect(run.errors.contains(text), "\(run.errors)")
    }
}
