import Foundation
import Testing

/// A real load balancer between real clients and a real target, each in a name space of its own:
///
/// ```
///  clients ──c0   l0── HAProxy ──l1   m0── forwarder ──m1   t0── nginx and odd jobs
///  10.40.0.2…254  10.40.255.1  10.20.16.10                      10.20.16.160, .161
/// ```
///
/// 10.20.16.170 has t0's hardware address and nobody behind it: what is sent there reaches the target's interface and is
/// never answered. The files of Tests/Stack say what each part does.
final class LoadBalancerStack {
    /// Why this machine cannot have one, or `nil`.
    static let obstacle: String? = {
        if geteuid() != 0 { return "needs root" }
        for tool in ["ip", "ethtool", "haproxy", "nginx", "python3", "tshark", "tcpdump"]
        where (try? Program.tool("which", [tool]).status) != 0 { return "needs \(tool)" }
        let name = "lbf-stack-probe-\(getpid())"
        guard (try? Program.tool("ip", ["netns", "add", name]).status) == 0 else { return "needs network name spaces" }
        _ = try? Program.tool("ip", ["netns", "del", name])
        return nil
    }()

    /// Parts of the stack, each the suffix of its name space.
    enum Part: String, CaseIterable { case clients, balancer, middle, target }

    private static let scripts = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Stack")

    let folder: Folder
    private let label: String
    private var processes: [Process] = []
    private var forwarder: Process?
    /// For how many milliseconds the clients stood still at most.
    private var clientStall = 0

    /// Lays the wires; nothing runs yet.
    init(_ label: String) throws {
        self.label = "lbf-\(label)-\(getpid())"
        folder = try Folder()
        for part in Part.allCases {
            try Self.run("ip", ["netns", "add", name(part)])
            try Self.run("ip", ["-n", name(part), "link", "set", "lo", "up"])
        }
        try wire(.clients, "c0", .balancer, "l0")
        try wire(.balancer, "l1", .middle, "m0")
        try wire(.target, "t0", .middle, "m1")
        try run(
            .clients, "sh",
            ["-c", "for i in $(seq 2 254); do echo addr add 10.40.0.$i/16 dev c0; done | ip -batch -"])
        try address(.balancer, "10.40.255.1/16", "l0")
        try address(.balancer, "10.20.16.10/24", "l1")
        try address(.target, "10.20.16.160/24", "t0")
        try address(.target, "10.20.16.161/24", "t0")
        let hardware = try run(.target, "cat", ["/sys/class/net/t0/address"])
            .trimmingCharacters(in: .whitespacesAndNewlines)
        try Self.run(
            "ip", ["-n", name(.balancer), "neigh", "add", "10.20.16.170", "lladdr", hardware, "dev", "l1"])
    }

    deinit {
        // All that runs in the name spaces: a worker outlives the process that started it, and holds what is waited for.
        for part in Part.allCases {
            _ = try? Program.tool("sh", ["-c", "ip netns pids '\(name(part))' | xargs -r kill -9"])
        }
        for process in processes { process.waitForEnd(signal: SIGKILL) }
        for part in Part.allCases { _ = try? Program.tool("ip", ["netns", "del", name(part)]) }
        folder.remove()
    }

    private func name(_ part: Part) -> String { "\(label)-\(part.rawValue)" }

    private func wire(_ first: Part, _ one: String, _ second: Part, _ other: String) throws {
        try Self.run(
            "ip", ["-n", name(first), "link", "add", one, "type", "veth", "peer", "name", other, "netns", name(second)])
        for (part, link) in [(first, one), (second, other)] {
            // The machine's own neighbour discovery stays out, and frames stay as long as on a wire.
            try run(part, "sysctl", ["-qw", "net.ipv6.conf.\(link).disable_ipv6=1"])
            try run(part, "ethtool", ["-K", link, "tso", "off", "gso", "off", "gro", "off", "tx", "off", "rx", "off"])
            try Self.run("ip", ["-n", name(part), "link", "set", link, "up"])
        }
    }

    private func address(_ part: Part, _ address: String, _ link: String) throws {
        try Self.run("ip", ["-n", name(part), "addr", "add", address, "dev", link])
    }

    @discardableResult
    private static func run(_ tool: String, _ arguments: [String]) throws -> String {
        let result = try Program.tool(tool, arguments)
        try #require(result.status == 0, "\(tool) \(arguments): \(result.errors)")
        return result.output
    }

    /// Runs a tool in a name space to its end; returns what it wrote.
    @discardableResult
    func run(_ part: Part, _ tool: String, _ arguments: [String]) throws -> String {
        try Self.run("ip", ["netns", "exec", name(part), tool] + arguments)
    }

    /// Starts a program in a name space and waits until it has said so.
    func start(_ part: Part, _ program: String, _ arguments: [String], says text: String? = nil) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["ip", "netns", "exec", name(part), program] + arguments
        let file = try folder.writable("output-\(processes.count)")
        process.standardOutput = file.handle
        process.standardError = file.handle
        process.standardInput = FileHandle.nullDevice
        try process.run()
        processes.append(process)
        guard let text else { return process }
        let said = { (try? String(contentsOf: file.url, encoding: .utf8)) ?? "" }
        Wait.until("\(text) from \(program): \(said())") { said().contains(text) }
        return process
    }

    /// What a started program has written.
    func output(_ process: Process) throws -> String {
        let place = try #require(processes.firstIndex { $0 === process })
        return try String(contentsOfFile: folder.path("output-\(place)"), encoding: .utf8)
    }

    /// Starts forwarder, target and load balancer.
    ///
    /// - Parameters:
    ///   - loss: frames per thousand that are lost between load balancer and target.
    ///   - late: frames per thousand that are held up so that others pass them.
    ///   - configurations: of the load balancer, in Tests/Stack.
    func begin(loss: Int, late: Int, configurations: [String]) throws {
        let script = { (name: String) in Self.scripts.appendingPathComponent(name).path }
        for (name, kilobytes) in [("8k.html", 8), ("30k.html", 30), ("8m.bin", 8192)] {
            let path = folder.url.appendingPathComponent("www/static")
            try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
            try Data(repeating: 0x78, count: kilobytes << 10).write(to: path.appendingPathComponent(name))
        }
        // The workers of nginx are another user.
        for path in ["", "www", "www/static"] {
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path(path))
        }
        forwarder = try start(
            .middle, "python3", [script("forwarder.py"), "m0", "m1", "2", "\(loss)", "\(late)", "4"], says: "ready")
        _ = try start(.target, "nginx", ["-p", folder.url.path, "-c", script("nginx.conf")])
        _ = try start(.target, "python3", [script("target.py")], says: "ready")
        try waitForListener(.target, "10.20.16.161:8081")
        _ = try start(.balancer, "haproxy", configurations.flatMap { ["-f", script($0)] })
        try waitForListener(.balancer, "10.40.255.1:80")
    }

    private func waitForListener(_ part: Part, _ address: String) throws {
        try Wait.until("somebody who listens on \(address)") {
            try run(part, "ss", ["-ltn"]).contains("\(address) ")
        }
    }

    /// Runs the clients to their end; returns what they sent, by kind.
    func request(_ mode: String) throws -> [String: Int] {
        let said = try run(.clients, "python3", [Self.scripts.appendingPathComponent("clients.py").path, mode])
        let sent = try JSONDecoder().decode([String: Int].self, from: Data(said.utf8))
        clientStall = try #require(sent["stalled"])
        return sent
    }

    /// Whether clients and wire never stood still for so long that an error may have come of it: what takes a second is told as
    /// slow, and a check that takes a second fails.
    var isCalm: Bool {
        get throws {
            let said = try output(try #require(forwarder)).split(separator: "\n").compactMap {
                $0.hasPrefix("stalled ") ? Int($0.dropFirst(8)) : nil
            }
            return max(said.max() ?? 0, clientStall) < 700
        }
    }
}
