import Foundation
import Testing

/// What Deploy hands out fits the program.
@Suite(.enabled(if: Program.path != nil)) struct DeploymentTests {
    private static let deploy = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Deploy")

    private static func text(_ name: String) throws -> String {
        try String(contentsOf: deploy.appendingPathComponent(name), encoding: .utf8)
    }

    private static func has(_ tool: String) -> Bool { (try? Program.tool("which", [tool]).status) == 0 }

    /// The value of a line of the unit.
    private static func setting(_ name: String) throws -> String {
        let line = try #require(
            try text("lbforensics-capture.service").split(separator: "\n").last { $0.hasPrefix(name + "=") })
        return String(line.dropFirst(name.count + 1))
    }

    @Test(arguments: ["lbforensics-capture.service", "daemonset.yaml", "Containerfile", "README.md"])
    func `every option that is named there is one of the program`(file: String) throws {
        var known = ""
        for command in ["capture", "carve", "ingest", "summary"] {
            known += try Program.run(["help", command]).output
        }
        // Options of other programs stand on lines that name those.
        let others = [
            "podman", "apt-get", "swift build", "setcap", "useradd", "systemctl", "dnf", "yum", "kubectl", "install ",
        ]
        let lines = try Self.text(file).split(separator: "\n").filter { line in !others.contains { line.contains($0) } }
        let named = lines.joined(separator: "\n").matches(of: /--[a-z][a-z-]+/).map { String($0.output) }
        if file != "Containerfile" { #expect(!named.isEmpty) }
        for option in named { #expect(known.contains(option), "\(option)") }
    }

    @Test func `the container can talk to AWS, and no case outgrows its host`() throws {
        // A list of traits takes the place of those that are on by default.
        #expect(try Self.text("Containerfile").contains("--traits default,"))
        #expect(try Self.setting("ExecStart").contains("--store-size 4G"))
        let manifest = try Self.text("daemonset.yaml")
        let size = try #require(manifest.firstMatch(of: /--store-size=([0-9]+)G/).flatMap { Int($0.output.1) })
        let limit = try #require(manifest.firstMatch(of: /sizeLimit: ([0-9]+)Gi/).flatMap { Int($0.output.1) })
        #expect(size > 0 && size < limit)
    }

    @Test(.enabled(if: has("systemd-analyze")))
    func `systemd finds no fault in the unit and little that it exposes`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        // The one thing that systemd looks for on this machine is the program.
        let unit = try Self.text("lbforensics-capture.service").replacing(
            "/usr/local/bin/lbforensics", with: try #require(Program.path))
        let path = try folder.file("lbforensics-capture.service", Data(unit.utf8)).path
        let verified = try Program.tool("systemd-analyze", ["verify", "--man=no", path])
        #expect(verified.status == 0 && verified.errors.isEmpty, "\(verified.errors)")
        let security = try Program.tool("systemd-analyze", ["security", "--offline=true", "--threshold=20", path])
        #expect(security.status == 0, "\(security.output)")
    }

    @Test(
        .disabled(if: LoadBalancerStack.obstacle != nil, "\(LoadBalancerStack.obstacle ?? "")"),
        .enabled(if: has("setpriv")))
    func `the unit's command runs with the unit's rights alone, and says that it is ready and alive`() throws {
        let stack = try LoadBalancerStack("unit")
        let folder = stack.folder
        // A user that may do nothing but what the unit gives it, with folders of its own as systemd makes them.
        let binary = folder.path("lbforensics")
        try FileManager.default.copyItem(atPath: try #require(Program.path), toPath: binary)
        for name in ["state", "log"] {
            try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: false)
            try stack.run(.target, "chown", ["65534:65534", folder.path(name)])
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.url.path)
        let socket = folder.path("notify")
        let listener = """
            import os, socket, sys
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1]); os.chmod(sys.argv[1], 0o777)
            print("listening", flush=True)
            while True: print(s.recv(4096).decode(), flush=True)
            """
        let notices = try stack.start(.target, "python3", ["-c", listener, socket], says: "listening")
        var command = try Self.setting("ExecStart").split(separator: " ").map(String.init)
        command[0] = binary
        command = command.map {
            $0.replacing("/var/log/lbforensics", with: folder.path("log"))
                .replacing("/var/lib/lbforensics", with: folder.path("state"))
                .replacing("$CAPTURE_OPTIONS", with: "--interface=t0")
        }
        // One flow in ten may be none of the few there are.
        command.append("--sample=1")
        #expect(try Self.setting("AmbientCapabilities") == "CAP_NET_RAW")
        #expect(try Self.setting("CapabilityBoundingSet") == "CAP_NET_RAW")
        let limits = ["--nofile=\(try Self.setting("LimitNOFILE"))", "--core=\(try Self.setting("LimitCORE"))"]
        let rights = [
            "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all,+net_raw",
            "--ambient-caps=-all,+net_raw",
            "--bounding-set=-all,+net_raw", "--no-new-privs",
        ]
        let service = try stack.start(
            .target, "env",
            ["NOTIFY_SOCKET=\(socket)", "prlimit"] + limits + ["setpriv"] + rights + command, says: "capturing on t0")
        try stack.begin(loss: 0, late: 0, configurations: ["haproxy.cfg"])
        _ = try stack.request("quiet")
        let told = { try stack.output(notices) }
        for notice in ["READY=1", "WATCHDOG=1"] { try Wait.until("\(notice)") { try told().contains(notice) } }
        let status = try String(contentsOfFile: "/proc/\(service.processIdentifier)/status", encoding: .utf8)
        #expect(status.contains("CapEff:\t0000000000002000"), "\(status)")
        #expect(status.contains("NoNewPrivs:\t1"))
        let ended = service.waitForEnd(signal: SIGTERM)
        let said = try stack.output(service)
        #expect(ended == 0, "\(said)")
        try Wait.until("STOPPING=1") { try told().contains("STOPPING=1") }
        let counted = try Program.run([
            "query", "SELECT count(*) > 0 FROM requests", "--store", folder.path("state/live.db"), "--format", "csv",
        ])
        #expect(counted.output.split(whereSeparator: \.isNewline).last == "1", "\(counted.errors)")
    }

    @Test(.enabled(if: has("make")))
    func `the make target installs the unit for the program's place`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let top = Self.deploy.deletingLastPathComponent().path
        let arguments = ["-C", top, "DESTDIR=\(folder.url.path)", "PREFIX=/opt/lbf"]
        let installed = try Program.tool("make", arguments + ["service-install"])
        #expect(installed.status == 0, "\(installed.errors)")
        let path = folder.path("etc/systemd/system/lbforensics-capture.service")
        #expect(
            try String(contentsOfFile: path, encoding: .utf8).contains("ExecStart=/opt/lbf/bin/lbforensics capture "))
        let removed = try Program.tool("make", arguments + ["service-uninstall"])
        #expect(removed.status == 0, "\(removed.errors)")
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
