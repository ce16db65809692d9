/// An IPv4 or IPv6 address as two words in network order; an IPv4 address is held in its mapped form `::ffff:a.b.c.d`.
///
/// A mapped address on the wire and the same IPv4 address are one client, so they are one value here.
package struct IPAddress: Hashable, Comparable, Sendable {
    /// The first eight bytes.
    package var high: UInt64
    /// The last eight bytes.
    package var low: UInt64

    @inlinable
    @inline(__always)
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The mapped form of an IPv4 address. RFC 4291, section 2.5.5.2.
    ///
    /// - Parameter v4: the address as a number in host order.
    @inlinable
    @inline(__always)
    package init(v4: UInt32) {
        high = 0
        low = 0x0000_FFFF_0000_0000 | UInt64(v4)
    }

    /// Whether it is an IPv4 address in mapped form.
    @inlinable
    @inline(__always)
    package var isV4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// The IPv4 address as a number in host order, or `nil` for IPv6.
    @inlinable
    @inline(__always)
    package var v4: UInt32? { isV4 ? UInt32(truncatingIfNeeded: low) : nil }

    /// `::`, the value of an address that is not known.
    package static let unspecified = IPAddress(high: 0, low: 0)

    @inline(__always)
    package static func < (left: IPAddress, right: IPAddress) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }

    /// 127.0.0.0/8 and ::1.
    package var isLoopback: Bool {
        if let v4 { return v4 >> 24 == 127 }
        return high == 0 && low == 1
    }

    /// Whether the address is for private use: RFC 1918, RFC 6598, RFC 4193, loopback and link-local.
    package var isPrivate: Bool {
        if let v4 {
            return v4 >> 24 == 10 || v4 >> 20 == 0xAC1 || v4 >> 16 == 0xC0A8 || v4 >> 22 == 0x191
                || v4 >> 24 == 127 || v4 >> 16 == 0xA9FE
        }
        return high >> 57 == 0x7E || high >> 54 == 0x3FA || (high == 0 && low == 1)
    }
}

extension IPAddress: CustomStringConvertible {
    /// The canonical text: dotted decimal, or RFC 5952 for IPv6.
    package var description: String {
        if let v4 { return "\(v4 >> 24).\(v4 >> 16 & 255).\(v4 >> 8 & 255).\(v4 & 255)" }
        return v6Description
    }

    private func group(_ index: Int) -> UInt64 {
        (index < 4 ? high >> UInt64(48 - 16 * index) : low >> UInt64(48 - 16 * (index - 4))) & 0xFFFF
    }

    private var v6Description: String {
        var best = 0..<0
        var start: Int?
        for index in 0...8 {
            if index < 8, group(index) == 0 {
                if start == nil { start = index }
            } else if let from = start {
                if index - from > best.count, index - from > 1 { best = from..<index }
                start = nil
            }
        }
        var text = ""
        var index = 0
        while index < 8 {
            if !best.isEmpty, index == best.lowerBound {
                text += "::"
                index = best.upperBound
                continue
            }
            if !text.isEmpty, !text.hasSuffix("::") { text += ":" }
            text += String(group(index), radix: 16)
            index += 1
        }
        return text
    }
}
