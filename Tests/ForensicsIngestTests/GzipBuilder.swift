import Foundation

/// Makes gzip files: by hand with stored blocks, and with the gzip program.
enum GzipBuilder {
    /// A member of stored (not compressed) blocks. RFC 1951, section 3.2.4, and RFC 1952.
    static func stored(
        _ content: [UInt8], flags: UInt8 = 0, extras: [UInt8] = [], crc: UInt32? = nil, length: UInt32? = nil
    ) -> [UInt8] {
        var member: [UInt8] = [0x1F, 0x8B, 8, flags, 0, 0, 0, 0, 0, 255] + extras
        var position = 0
        repeat {
            let count = min(65_535, content.count - position)
            let isLast: UInt8 = position + count == content.count ? 1 : 0
            let low = UInt8(count & 0xFF)
            let high = UInt8(count >> 8)
            member += [isLast, low, high, ~low, ~high]
            member += content[position..<position + count]
            position += count
        } while position < content.count
        return member + little(crc ?? crc32(content)) + little(length ?? UInt32(truncatingIfNeeded: content.count))
    }

    /// What `gzip -c` makes of the content.
    static func compressed(_ content: [UInt8]) throws -> [UInt8] {
        let files = try TemporaryFiles()
        let source = try files.write("content", content)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "exec gzip -nf \"$0\"", source]
        try process.run()
        process.waitUntilExit()
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: source + ".gz")))
    }

    static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 0 ? crc >> 1 : crc >> 1 ^ 0xEDB8_8320 }
        }
        return ~crc
    }

    private static func little(_ value: UInt32) -> [UInt8] {
        [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
    }
}

/// Bytes that look like log lines and compress like them.
enum SampleText {
    static func lines(_ count: Int) -> [UInt8] {
        var text: [UInt8] = []
        for index in 0..<count {
            text += Array(
                "2025-11-03T10:00:\(index % 60) 198.51.100.\(index % 251) GET /item/\(index &* 7919) 200\n".utf8)
        }
        return text
    }
}
