import Foundation
import Testing

/// The metrics endpoint of `capture` as clients meet it that are slow, odd, or many.
@Suite(
    .enabled(if: Program.path != nil), .enabled(if: geteuid() == 0, "capturing on the loopback interface needs root"),
    .serialized)
struct MetricsEndpointTests {
    /// Python, as a client that can wait at any place of its request. It prints the first line of each answer, and whether the
    /// numbers are in it.
    private static let script = """
        import socket, sys, time
        port = int(sys.argv[1])
        def connect():
            for _ in range(2400):
                try: return socket.create_connection(("127.0.0.1", port), timeout=120)
                except ConnectionRefusedError: time.sleep(0.05)
        def answer(*parts):
            s = connect()
            for number, part in enumerate(parts):
                if number: time.sleep(0.2)
                s.sendall(part)
            answer = b""
            while True:
                more = s.recv(65536)
                if not more: break
                answer += more
            return answer
        # Nobody is given more than two seconds: on a machine that stood still for so long it is asked again.
        def in_time(ask):
            for _ in range(50):
                begin = time.monotonic()
                try: said = ask()
                except OSError: said = b""
                if said or time.monotonic() - begin < 2: break
            return said
        def ask(*parts):
            said = in_time(lambda: answer(*parts))
            print(said.split(b"\\r\\n")[0].decode(), b"lbforensics_packets_total" in said)
        # Until the first second is over there are no numbers.
        for _ in range(2400):
            if b"lbforensics_packets_total" in in_time(lambda: answer(b"GET /metrics HTTP/1.1\\r\\n\\r\\n")): break
            time.sleep(0.05)
        # Another is answered while they idle, and they were not closed for its sake.
        def idle():
            idle = [connect() for _ in range(3)]
            said = answer(b"GET /metrics HTTP/1.1\\r\\n\\r\\n")
            idle[0].sendall(b"GET /metrics HTTP/1.1\\r\\n\\r\\n")
            told = idle[0].recv(15)
            return said[:15] + b" " + told if said and told else b""
        print(in_time(idle).decode())
        ask(b"GET /met", b"rics HTTP/1.1\\r\\nHost: a\\r", b"\\n\\r\\n")
        ask(b"GET /metrics HTTP/1.1\\r\\nCookie: " + b"x" * 6000 + b"\\r\\n\\r\\n")
        ask(b"GET /metrics HTTP/1.1\\r\\nCookie: " + b"x" * 20000 + b"\\r\\n\\r\\n")
        ask(b"HEAD /metrics HTTP/1.1\\r\\n\\r\\n")
        ask(b"POST /metrics HTTP/1.1\\r\\n\\r\\n")
        ask(b"GET / HTTP/1.1\\r\\n\\r\\n")
        """

    @Test func `idle clients hold nobody up, and requests come in pieces of any size`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let port = 20_000 + Int(getpid()) % 10_000
        let capture = Process()
        capture.executableURL = URL(fileURLWithPath: try #require(Program.path))
        capture.arguments = [
            "capture", "-i", "lo", "-s", "1", "-l", folder.path("logs"), "--metrics-listen", "127.0.0.1:\(port)",
        ]
        capture.standardOutput = FileHandle.nullDevice
        capture.standardError = FileHandle.nullDevice
        try capture.run()
        defer { if capture.isRunning { capture.waitForEnd(signal: SIGKILL) } }
        let result = try Program.tool("python3", ["-c", Self.script, "\(port)"])
        #expect(
            result.output.split(separator: "\n") == [
                "HTTP/1.1 200 OK HTTP/1.1 200 OK", "HTTP/1.1 200 OK True", "HTTP/1.1 200 OK True",
                "HTTP/1.1 431 Request Header Fields Too Large False", "HTTP/1.1 200 OK False",
                "HTTP/1.1 405 Method Not Allowed False", "HTTP/1.1 404 Not Found False",
            ], "\(result.errors)")
        #expect(capture.waitForEnd(signal: SIGTERM) == 0)
    }
}
