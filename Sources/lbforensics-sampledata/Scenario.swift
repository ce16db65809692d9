/// The incident: its hour, its cast and its places. Every number that is planted stands here.
enum Scenario {
    // MARK: The hour

    /// The logs cover this hour; a record belongs to it by its record time.
    static let start = Instant.at(9, 0)
    static let end = Instant.at(10, 0)
    /// The quiet window is 09:20 to 09:35, the incident 09:35 to 09:50.
    static let incidentStart = Instant.at(9, 35)
    static let incidentEnd = Instant.at(9, 50)
    /// What the capture at the first target covers.
    static let captureStart = Instant.at(9, 8)
    static let captureEnd = Instant.at(9, 54)

    /// True within the incident.
    static func isIncident(_ time: Instant) -> Bool { time >= incidentStart && time < incidentEnd }

    /// The quarters of the hour, counted so that the second is the quiet window and the third the incident.
    static let quarters: [(from: Instant, to: Instant)] = [
        (.at(9, 5), .at(9, 20)), (.at(9, 20), .at(9, 35)), (.at(9, 35), .at(9, 50)), (.at(9, 50), .at(10, 0)),
    ]

    // MARK: Places

    static let account = "123456789012"
    static let region = "us-east-1"
    static let nlb = "net/checkout-nlb/6f3c1a9be0d24c57"
    static let alb = "app/shop-alb/50dc6c495c0c9188"
    static let albHostName = "shop-alb-1532087712.us-east-1.elb.amazonaws.com"
    /// The addresses of the NLB's nodes, one a zone.
    static let nlbNodes = [Client(10, 20, 0, 40), Client(10, 20, 16, 40)]
    /// The addresses of the ALB's nodes: towards the clients, and towards the targets.
    static let albPublicNodes = ["192.0.2.201", "192.0.2.202"]
    static let albNodes = [Client(10, 20, 0, 21), Client(10, 20, 16, 37)]
    /// Ten targets; the capture is taken at the first.
    static let targets = (0..<10).map { Client(10, 20, $0 < 5 ? 1 : 17, 11 + $0 % 5) }

    /// A name with its listener on the NLB.
    struct Service {
        var domain: String
        var listenerPort: Int
        var listener: String
        /// The port at the targets; nil where other targets serve the name.
        var targetPort: Int?
        var weight: Int
    }

    /// The incident is about the first.
    static let services = [
        Service(
            domain: "checkout.shop.example", listenerPort: 8443, listener: "c1f0a4d27b9e6358", targetPort: 8443,
            weight: 30),
        Service(
            domain: "www.shop.example", listenerPort: 443, listener: "4be6d2a17c90f853", targetPort: 8080, weight: 35),
        Service(
            domain: "api.shop.example", listenerPort: 443, listener: "4be6d2a17c90f853", targetPort: 8080, weight: 20),
        Service(
            domain: "media.shop.example", listenerPort: 443, listener: "4be6d2a17c90f853", targetPort: 8080,
            weight: 10),
        Service(
            domain: "mq.shop.example", listenerPort: 9443, listener: "93ad5f1be87c2064", targetPort: nil, weight: 5),
    ]
    static let checkout = 0
    static let api = 2
    static let messageQueue = 4

    // MARK: Cast

    /// An address of the owner that causes the incident.
    struct Culprit {
        var client: Client
        /// NLB connections that end in the incident, and those of them that last over five minutes.
        var connections: Int
        var longConnections: Int
        /// Connections in each quiet quarter; none of them is long.
        var quietConnections: Int
        /// ALB client connections of more than five minutes, and requests besides.
        var longSessions: Int
        var otherRequests: Int
    }

    static let culprits = [
        Culprit(
            client: Client(198, 51, 100, 67), connections: 640, longConnections: 24, quietConnections: 14,
            longSessions: 6, otherRequests: 120),
        Culprit(
            client: Client(198, 51, 100, 74), connections: 410, longConnections: 19, quietConnections: 10,
            longSessions: 5, otherRequests: 50),
        Culprit(
            client: Client(203, 0, 113, 45), connections: 290, longConnections: 16, quietConnections: 8,
            longSessions: 4, otherRequests: 30),
        Culprit(
            client: Client(198, 18, 77, 9), connections: 64, longConnections: 12, quietConnections: 4,
            longSessions: 3, otherRequests: 12),
    ]

    /// Busier than most culprits, the same in every quarter, short connections only.
    static let gateways: [(client: Client, connections: Int, requests: Int)] = [
        (Client(198, 51, 100, 20), 720, 330), (Client(203, 0, 113, 30), 450, 240), (Client(192, 0, 2, 77), 330, 180),
    ]
    /// Asks every five seconds, always.
    static let monitor = Client(192, 0, 2, 10)
    /// Within the thirty busiest, with long connections in every quarter.
    static let steadyHolder = Client(203, 0, 113, 77)
    /// Long connections in every quarter, but far from busy.
    static let quietHolders = (0..<14).map { Client(198, 19, 200, 10 + $0) }
    /// One long connection each, in the incident alone, but far from busy.
    static let lateHolders = (0..<8).map { Client(198, 19, 201, 30 + $0) }
    /// Web sockets over five minutes, one after the other, and little else.
    static let dashboards = (0..<6).map { Client(198, 19, 202, 50 + $0) }

    static var reserved: Set<String> {
        var names = Set(culprits.map(\.client.text))
        names.formUnion(gateways.map(\.client.text))
        names.formUnion([monitor.text, steadyHolder.text])
        names.formUnion((quietHolders + lateHolders + dashboards).map(\.text))
        return names
    }

    /// Who owns which addresses. Wider prefixes of others enclose those of the culprits' owner on purpose.
    static let owners: [(prefix: String, owner: String)] = [
        ("198.51.100.0/24", "Example Transit"),
        ("198.51.100.64/28", "Northwind Telemetry"),
        ("198.51.100.80/28", "Acme Analytics"),
        ("198.51.100.20/32", "City Library Consortium"),
        ("203.0.113.0/24", "Harbor Networks"),
        ("203.0.113.45/32", "Northwind Telemetry"),
        ("203.0.113.77/32", "Blue Harbor Logistics"),
        ("203.0.113.30/32", "Meadow Mobile"),
        ("198.18.0.0/15", "Lakeside Broadband"),
        ("198.18.76.0/22", "Hilltop Hosting"),
        ("198.18.77.9/32", "Northwind Telemetry"),
        ("198.19.200.0/24", "Slowpoll Devices"),
        ("198.19.202.0/24", "Shop Operations"),
        ("192.0.2.0/24", "Shop Operations"),
        ("192.0.2.77/32", "Orchard University"),
        ("2001:db8::/32", "Sixfold Internet"),
        ("2001:db8:12::/48", "Glasshouse Media"),
    ]
}
