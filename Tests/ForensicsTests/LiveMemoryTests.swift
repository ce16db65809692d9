#if os(Linux)
    import Foundation
    import Testing

    /// A million connections that are all alive at once: memory is at most 256 MiB and 200 bytes for each of them.
    @Suite(.enabled(if: Program.path != nil), .serialized) struct LiveMemoryTests {
        /// How far each connection gets before the capture ends.
        enum Life: String, CaseIterable, CustomTestStringConvertible {
            /// A SYN that nobody answers.
            case halfOpen = "half open"
            /// A handshake, over IPv6.
            case established = "established over IPv6"
            /// A handshake and a request without its answer.
            case asking = "with a request that waits"

            var testDescription: String { rawValue }

            /// Packets of a connection, in stretches after which the next connection comes.
            var stretches: [Range<Int>] {
                switch self {
                case .halfOpen: [0..<1]
                case .established: [0..<3]
                case .asking: [0..<3, 3..<4]
                }
            }
        }

        private static let count = 1_000_000
        private static let bound = 256 << 20 + 200 * count

        @Test(arguments: Life.allCases) func `a million live connections fit the memory that is promised`(
            life: Life
        ) throws {
            let folder = try Folder()
            defer { folder.remove() }
            let capture = folder.path("live.pcap")
            try Self.write(life, to: capture)
            let store = folder.path("live.db")
            let peak = try Self.peak(of: ["ingest", capture, "--store", store, "--quiet"])
            #expect(peak <= Self.bound, "\(peak) bytes are \(peak - Self.bound) too many")
            let told = try Program.run([
                "query", "SELECT (SELECT count(*) FROM connections), (SELECT count(*) FROM requests)", "--store", store,
                "--format", "csv",
            ])
            let line = told.output.split(whereSeparator: \.isNewline).last ?? ""
            let counts = line.split(separator: ",").compactMap { Int($0) }
            try #require(counts.count == 2, "\(told)")
            // Nothing was given out early to make room, which comes back as another connection.
            #expect(counts == [Self.count, life == .asking ? Self.count : 0])
        }

        /// Runs the program and watches its memory that is no file's.
        ///
        /// - Returns: the most bytes it had.
        private static func peak(of arguments: [String]) throws -> Int {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: try #require(Program.path))
            process.arguments = arguments
            process.standardInput = FileHandle.nullDevice
            try process.run()
            var peak = 0
            while process.isRunning {
                let status = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
                let line = status?.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
                peak = max(peak, line?.split(separator: " ").dropLast().last.flatMap { Int($0) } ?? 0)
                Thread.sleep(forTimeInterval: 0.01)
            }
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            return peak << 10
        }

        /// Writes the capture.
        private static func write(_ life: Life, to path: String) throws {
            try Data().write(to: URL(fileURLWithPath: path))
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            defer { try? file.close() }
            var bytes = little(0xA1B2_C3D4) + [2, 0, 4, 0] + little(0) + little(0) + little(262_144) + little(1)
            var record = 0
            for steps in life.stretches {
                for number in 0..<count {
                    for step in steps {
                        append(packet(life, step, number), at: record, to: &bytes)
                        record += 1
                    }
                    if bytes.count > 1 << 20 {
                        try file.write(contentsOf: bytes)
                        bytes.removeAll(keepingCapacity: true)
                    }
                }
            }
            try file.write(contentsOf: bytes)
        }

        /// A record; 100 000 packets a second.
        private static func append(_ packet: [UInt8], at index: Int, to bytes: inout [UInt8]) {
            bytes += little(UInt32(1_773_738_000 + index / 100_000)) + little(UInt32(index % 100_000 * 10))
            bytes += little(UInt32(packet.count)) + little(UInt32(packet.count)) + packet
        }

        /// One segment of a connection to port 8080, of 64 clients.
        private static func packet(_ life: Life, _ step: Int, _ number: Int) -> [UInt8] {
            let isAnswer = step == 1
            let client = UInt8(number / 60_000)
            let port = UInt16(2_000 + number % 60_000)
            let first = UInt32(truncatingIfNeeded: number &* 2_654_435_761)
            let payload = step == 3 ? "GET /v1/items/\(number) HTTP/1.1\r\nHost: api.shop.example\r\n\r\n" : ""
            let flags: UInt8 = [2, 0x12, 0x10, 0x18][step]
            var tcp = big(isAnswer ? 8080 : port) + big(isAnswer ? port : 8080)
            tcp += big(isAnswer ? first ^ 1 << 31 : first &+ (step > 1 ? 1 : 0))
            tcp += big(step == 0 ? 0 : isAnswer ? first &+ 1 : (first ^ 1 << 31) &+ 1)
            tcp += [0x50, flags, 0xFA, 0xF0, 0, 0, 0, 0] + payload.utf8
            let ends: [[UInt8]] = [[10, 20, client, 4], [10, 20, 100, 10]]
            let (source, destination) = isAnswer ? (ends[1], ends[0]) : (ends[0], ends[1])
            if life == .established {
                let net: [UInt8] = [0xFD, 0] + [UInt8](repeating: 0, count: 10)
                let head = [0x60, 0, 0, 0] + big(UInt16(tcp.count)) + [6, 63]
                return link(0x86DD) + head + net + source + net + destination + tcp
            }
            let identification = UInt16(truncatingIfNeeded: number &+ step)
            let head = [0x45, 0] + big(UInt16(20 + tcp.count)) + big(identification) + [0x40, 0, 63, 6, 0, 0]
            return link(0x0800) + head + source + destination + tcp
        }

        private static func link(_ type: UInt16) -> [UInt8] { [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2] + big(type) }
        private static func big(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 255)] }
        private static func big(_ value: UInt32) -> [UInt8] {
            big(UInt16(value >> 16)) + big(UInt16(truncatingIfNeeded: value))
        }
        private static func little(_ value: UInt32) -> [UInt8] { big(value).reversed() }
    }
#endif
