import ForensicsModel
import ForensicsTestSupport
import Foundation
import Testing

/// Writes a planted incident as the objects that AWS delivers: access logs of an ALB, or of an NLB where the incident is one
/// of connections, one object per node and five minutes.
struct IncidentLogs {
    let incident: PlantedIncident
    /// The clients that hold connections for eight minutes, in an incident of long connections only.
    private(set) var holders: [String] = []

    private var random: SeededGenerator
    private var objects: [Data]
    private static let objectMinutes = 5
    private static let nodes = TrafficModel.nodes
    private static let methods = ["GET", "GET", "GET", "GET", "POST"]
    private static let domains = ["www.shop.example", "api.shop.example", "media.shop.example"]
    private static let group =
        "TLS_AES_128_GCM_SHA256 TLSv1.3 arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop/1f9b6a30c7e4d852"
    private static let statuses = [Int](repeating: 200, count: 97) + [404, 404, 500]

    init(_ incident: PlantedIncident) {
        self.incident = incident
        random = SeededGenerator(seed: UInt64(incident.number) &+ 77)
        objects = Array(
            repeating: Data(), count: PlantedIncident.minutes / Self.objectMinutes * Self.nodes)
        if incident.kind == .longOnly {
            let first = incident.number % 8
            holders = [1, 3, 5, 7].map { incident.model.clients[first + $0].address }
        }
    }

    /// Runs on the case of an even load, of whose objects some are not delivered.
    static func withEvenLoad(without isMissing: (String) -> Bool, _ body: (String) throws -> Void) throws {
        let folder = try Folder()
        defer { folder.remove() }
        var planted = PlantedIncident(0, of: [.oneClient])
        planted.incident = TrafficModel.Incident()
        var logs = IncidentLogs(planted)
        try FileManager.default.createDirectory(atPath: folder.path("logs"), withIntermediateDirectories: true)
        try logs.write(into: folder.path("logs"))
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path("logs")) where isMissing(name) {
            try FileManager.default.removeItem(atPath: folder.path("logs/\(name)"))
        }
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", folder.path("logs"), "--store", store, "--quiet"]).status == 0)
        try body(store)
    }

    /// The path of a number, without digits: they would be folded.
    static func path(_ number: Int) -> String { "/page-\(String(UnicodeScalar(UInt8(97 + number))))" }

    /// The value as the logs have it of one that the incident names.
    static func value(_ planted: String) -> String {
        planted.hasPrefix("/p") ? path(Int(planted.dropFirst(2)) ?? 0) : planted
    }

    /// Writes the objects into a folder; those that were not delivered are left out.
    mutating func write(into folder: String) throws {
        let writesConnections = incident.kind == .longOnly
        var model = incident.model
        let plan = incident
        var hits: [TrafficModel.Hit] = []
        model.play(minutes: PlantedIncident.minutes, incident: { plan.incident(in: $0) }) { hits.append($0) }
        for hit in hits {
            for _ in 0..<hit.count {
                if writesConnections {
                    connection(hit.client, hit.minute, seconds: 3 * random.gamma(shape: 2))
                } else {
                    request(hit)
                }
            }
        }
        for (index, address) in holders.enumerated() { hold(address, index) }
        for (place, object) in objects.enumerated() where !object.isEmpty && isDelivered(place / Self.nodes) {
            try object.write(to: URL(fileURLWithPath: "\(folder)/\(name(place))"))
        }
    }

    /// Half of the window before is in no log: one or two of its three objects.
    private func isDelivered(_ period: Int) -> Bool {
        guard incident.kind == .halfUncovered else { return true }
        return period != 10 && (incident.number % 2 == 0 || period != 9)
    }

    private func name(_ place: Int) -> String {
        let end = TrafficModel.origin + Int64(place / Self.nodes + 1) * Int64(Self.objectMinutes) * TrafficModel.minute
        let stamp = Self.time(end, decimals: 0).filter { $0 != "-" && $0 != ":" }.prefix(13)
        let node = place % Self.nodes + 1
        let balancer = incident.kind == .longOnly ? "net.shop.6f3c1a9be0d24c57" : "app.shop.50dc6c495c0c9188"
        return "123456789012_elasticloadbalancing_us-east-1_\(balancer)_\(stamp)Z_10.0.1.\(node)_0000000\(node).log"
    }

    /// Eight connections a minute all the time; in the incident one of them has lasted eight minutes.
    private mutating func hold(_ address: String, _ index: Int) {
        let client = TrafficModel.Client(address: address, rate: 0, node: index % Self.nodes, agent: 0)
        for minute in 0..<PlantedIncident.minutes {
            for place in 0..<8 {
                let isLong = place == 0 && PlantedIncident.spike.contains(minute)
                connection(client, minute, seconds: isLong ? 480 + 30 * random.uniform() : 2 * random.uniform())
            }
        }
    }

    private mutating func moment(in minute: Int) -> Int64 {
        TrafficModel.origin + Int64(minute) * TrafficModel.minute + Int64(random.uniform() * 59.9e6) * 1000
    }

    private mutating func append(_ text: String, _ minute: Int, _ node: Int) {
        objects[minute / Self.objectMinutes * Self.nodes + node].append(contentsOf: text.utf8)
    }

    private mutating func request(_ hit: TrafficModel.Hit) {
        let time = moment(in: hit.minute)
        let isSlow = incident.slowTarget == hit.target && PlantedIncident.spike.contains(hit.minute)
        let took = 0.02 * random.gamma(shape: 2) * (isSlow ? 12 : 1)
        let status = Self.statuses[Int(random.next() % 100)]
        let method = Self.methods[Int(random.next() % 5)]
        let domain = Self.domains[Int(random.next() % 3)]
        let target = "10.0.0.\(hit.target + 1):80"
        let node = "10.0.1.\(hit.client.node + 1)"
        let milliseconds = Int((took * 1000).rounded())
        let port = 1024 + random.next() % 60_000
        let (received, sent) = (100 + random.next() % 900, 300 + random.next() % 4000)
        let trace = String(random.next() | 1 << 63, radix: 16)
        let created = Self.time(time - Int64(milliseconds + 1) * 1_000_000, decimals: 6)
        let head =
            "h2 \(Self.time(time, decimals: 6)) app/shop/50dc6c495c0c9188 \(hit.client.address):\(port) \(target) "
        let numbers = "0.000 \(Self.seconds(milliseconds)) 0.000 \(status) \(status) \(received) \(sent) "
        let asked =
            "\"\(method) https://\(domain):443\(Self.path(hit.path)) HTTP/2.0\" \"agent-\(hit.client.agent)/1.0\" "
        let names = "\(Self.group) \"Root=1-69b92045-\(trace)00000000\" \"\(domain)\" \"-\" 0 \(created) \"forward\" "
        let tail = "\"-\" \"-\" \"\(target)\" \"\(status)\" \"-\" \"-\" - \"-\" \"-\" \"-\" \(node) \"-\" \"-\"\n"
        for part in [head, numbers, asked, names, tail] { append(part, hit.minute, hit.client.node) }
    }

    /// Seconds with three decimals.
    private static func seconds(_ milliseconds: Int) -> String {
        "\(milliseconds / 1000).\(String(1000 + milliseconds % 1000).dropFirst())"
    }

    private mutating func connection(_ client: TrafficModel.Client, _ minute: Int, seconds: Double) {
        let end = moment(in: minute)
        let milliseconds = Int64(seconds * 1000)
        let port = 1024 + random.next() % 60_000
        let (received, sent) = (100 + random.next() % 900, 300 + random.next() % 4000)
        let domain = Self.domains[Int(random.next() % 3)]
        let start = Self.time(end - milliseconds * 1_000_000, decimals: 0)
        let head = "tls 2.0 \(Self.time(end, decimals: 0)) net/shop/6f3c1a9be0d24c57 c1f0a4d27b9e6358 "
        let numbers = "\(client.address):\(port) 10.20.0.40:443 \(milliseconds) 12 \(received) \(sent) "
        let tail = "- - - TLS_AES_128_GCM_SHA256 tlsv13 x25519 \(domain) - - - \(start)\n"
        for part in [head, numbers, tail] { append(part, minute, client.node) }
    }

    private static func time(_ nanoseconds: Int64, decimals: Int) -> String {
        let text = RFC3339.format(Timestamp(nanoseconds: nanoseconds), decimals: decimals)
        return decimals == 0 ? String(text.dropLast()) : text
    }
}
