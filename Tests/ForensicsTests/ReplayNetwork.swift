import Foundation
import Testing

/// A network of two interfaces in a name space of its own, on which a capture is replayed.
final class ReplayNetwork {
    /// Why this machine cannot have one, or `nil`.
    static let obstacle: String? = {
        if geteuid() != 0 { return "needs root" }
        for tool in ["ip", "tcpreplay", "tcpdump"] where (try? Program.tool("which", [tool]).status) != 0 {
            return "needs \(tool)"
        }
        let name = "lbf-probe-\(getpid())"
        guard (try? Program.tool("ip", ["netns", "add", name]).status) == 0 else { return "needs network name spaces" }
        _ = try? Program.tool("ip", ["netns", "del", name])
        return nil
    }()

    let name: String
    private var processes: [Process] = []

    init(_ label: String) throws {
        name = "lbf-\(label)-\(getpid())"
        try run("ip", ["netns", "add", name], inside: false)
        try run("ip", ["link", "add", "v0", "type", "veth", "peer", "name", "v1"])
        for link in ["v0", "v1"] {
            // The machine's own neighbour discovery stays out.
            try run("sysctl", ["-qw", "net.ipv6.conf.\(link).disable_ipv6=1"])
            try run("ip", ["link", "set", link, "mtu", "9000", "up"])
        }
    }

    deinit {
        // Whatever a test left running when it broke off.
        for process in processes where process.isRunning { process.waitForEnd(signal: SIGKILL) }
        _ = try? Program.tool("ip", ["netns", "del", name])
    }

    func run(_ tool: String, _ arguments: [String], inside: Bool = true) throws {
        let result = try Program.tool(
            inside ? "ip" : tool, inside ? ["netns", "exec", name, tool] + arguments : arguments)
        try #require(result.status == 0, "\(tool): \(result.errors)")
    }

    /// What the system says of an interface.
    private func state(_ file: String, of link: String) throws -> String {
        try Program.tool("ip", ["netns", "exec", name, "cat", "/sys/class/net/\(link)/\(file)"]).output
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Whether an interface is up and has a link, as far as the system has noticed.
    func isUp(_ link: String) throws -> Bool { try state("operstate", of: link) == "up" }

    /// Waits until what was sent is where who captures on v1 will find it, however late he looks.
    func settle() throws {
        try Wait.until("on v1, what v0 sent") {
            try state("statistics/rx_packets", of: "v1") == state("statistics/tx_packets", of: "v0")
        }
        // The kernel hands over what it has gathered after a tenth of a second: its own timer, not that of a process.
        Thread.sleep(forTimeInterval: 0.5)
    }

    /// Replays packets at their times; returns the seconds after the first at which each really came, in order of their times.
    ///
    /// The machine may stand still for a while: what is expected follows from when packets came, as tcpdump saw it.
    func replay(_ segments: [ReplaySegment], in folder: Folder) throws -> [Double] {
        let file = try folder.file("replay.pcap", ReplaySegment.capture(segments))
        let recording = folder.url.appendingPathComponent("replayed.pcap")
        let log = folder.url.appendingPathComponent("tcpdump.log")
        try? FileManager.default.removeItem(at: recording)
        let tcpdump = try start(
            "tcpdump", ["-i", "v1", "-s", "64", "-B", "16384", "-Z", "root", "-U", "-w", recording.path], output: log)
        defer { tcpdump.waitForEnd(signal: SIGKILL) }
        try Wait.until("tcpdump listening") { try String(contentsOf: log, encoding: .utf8).contains("listening on") }
        try run("tcpreplay", ["-q", "-i", "v0", file.path])
        var times: [Double] = []
        try Wait.until("\(segments.count) packets in tcpdump's recording") {
            times = Self.times(try Data(contentsOf: recording))
            return times.count >= segments.count
        }
        try #require(times.count == segments.count)
        return times.map { $0 - times[0] }
    }

    /// When the packets of a recording came, in seconds. libpcap file format, little-endian, microseconds.
    private static func times(_ file: Data) -> [Double] {
        let bytes = [UInt8](file)
        let word = { (place: Int) in (0..<4).reduce(0) { $0 + Int(bytes[place + $1]) << (8 * $1) } }
        var times: [Double] = []
        var place = 24
        while place + 16 <= bytes.count, place + 16 + word(place + 8) <= bytes.count {
            times.append(Double(word(place)) + Double(word(place + 4)) / 1e6)
            place += 16 + word(place + 8)
        }
        return times
    }

    /// Starts a program that goes on; what it writes goes to a file.
    func start(_ program: String, _ arguments: [String], output: URL) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["ip", "netns", "exec", name, program] + arguments
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        let file = try FileHandle(forWritingTo: output)
        process.standardOutput = file
        process.standardError = file
        process.standardInput = FileHandle.nullDevice
        try process.run()
        processes.append(process)
        return process
    }
}
