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

    deinit { _ = try? Program.tool("ip", ["netns", "del", name]) }

    func run(_ tool: String, _ arguments: [String], inside: Bool = true) throws {
        let result = try Program.tool(
            inside ? "ip" : tool, inside ? ["netns", "exec", name, tool] + arguments : arguments)
        try #require(result.status == 0, "\(tool): \(result.errors)")
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
        return process
    }
}
