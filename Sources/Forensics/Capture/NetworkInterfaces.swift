import CPcap
import Foundation

/// The interfaces of this machine, and the one that leads outside.
package enum NetworkInterfaces {
    /// One that may be captured on.
    package struct Entry: Sendable, Equatable {
        package var name: String
        package var isUp: Bool
    }

    /// Returns those that libpcap can open, in its order; empty where the right to see them is missing.
    package static func all() -> [Entry] {
        var first: UnsafeMutablePointer<pcap_if_t>?
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        // SAFETY: the list is libpcap's until it is freed below; names are C strings that are copied before that.
        guard unsafe pcap_findalldevs(&first, &message) == 0 else { return [] }
        defer { unsafe pcap_freealldevs(first) }
        var entries: [Entry] = []
        var next = unsafe first
        while let device = unsafe next {
            let name = unsafe String(cString: device.pointee.name)
            // Other kinds of devices (USB, netfilter, D-Bus) carry no network traffic.
            let isNetwork = FileManager.default.fileExists(atPath: "/sys/class/net/\(name)") || name == "any"
            if isNetwork { entries.append(Entry(name: name, isUp: unsafe device.pointee.flags & 2 != 0)) }
            unsafe next = device.pointee.next
        }
        return entries
    }

    /// Whether an interface is up and has a link (IFF_UP, IFF_RUNNING; netdevice(7)); also where the system does not tell.
    package static func isRunning(_ name: String) -> Bool {
        var first: UnsafeMutablePointer<ifaddrs>?
        // SAFETY: the list is the system's until it is freed below; names are C strings that are copied before that.
        guard unsafe getifaddrs(&first) == 0 else { return true }
        defer { unsafe freeifaddrs(first) }
        let needed = UInt32(IFF_UP) | UInt32(IFF_RUNNING)
        var next = unsafe first
        while let entry = unsafe next {
            if unsafe String(cString: entry.pointee.ifa_name) == name {
                return unsafe entry.pointee.ifa_flags & needed == needed
            }
            unsafe next = entry.pointee.ifa_next
        }
        return true
    }

    /// The interface of the default route: IPv4 with the lowest metric, else IPv6.
    package static func ofDefaultRoute() -> String? {
        let table = (try? String(contentsOfFile: "/proc/net/route", encoding: .utf8)) ?? ""
        let table6 = (try? String(contentsOfFile: "/proc/net/ipv6_route", encoding: .utf8)) ?? ""
        return ofDefaultRoute(table: table, table6: table6)
    }

    /// The same, from the text of the kernel's routing tables. proc(5), Linux net/ipv6/route.c.
    package static func ofDefaultRoute(table: String, table6: String) -> String? {
        var best: (metric: UInt64, name: String)?
        func consider(_ name: Substring, _ metric: UInt64?) {
            guard let metric, name != "lo", best.map({ metric < $0.metric }) ?? true else { return }
            best = (metric, String(name))
        }
        for line in table.split(separator: "\n").dropFirst() {
            let fields = line.split(whereSeparator: \.isWhitespace)
            guard fields.count >= 8, fields[1] == "00000000", fields[7] == "00000000",
                let flags = UInt32(fields[3], radix: 16), flags & 1 == 1
            else { continue }
            consider(fields[0], UInt64(fields[6]))
        }
        if let best { return best.name }
        for line in table6.split(separator: "\n") {
            let fields = line.split(whereSeparator: \.isWhitespace)
            // Unreachable and local routes have the flags RTF_REJECT and RTF_LOCAL.
            guard fields.count >= 10, fields[0].allSatisfy({ $0 == "0" }), fields[1] == "00",
                let flags = UInt32(fields[8], radix: 16), flags & 1 == 1, flags & 0x8000_0200 == 0
            else { continue }
            consider(fields[9], UInt64(fields[5], radix: 16))
        }
        return best?.name
    }
}
