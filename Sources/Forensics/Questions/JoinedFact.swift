import ForensicsModel

/// A request or connection as one body of evidence tells it, with its texts.
struct JoinedFact {
    enum Fact {
        case request(Exchange)
        case connection(Connection)
    }

    var fact: Fact
    var clock: EvidenceClock
    /// `GET shop.example/cart`, or the domain of a connection.
    var what: String?
    /// The log's reason, or that of a TLS failure.
    var reason: String?
    /// Zeek's history of a connection.
    var history: String?

    init(_ exchange: Exchange, _ texts: TextTable, _ clock: EvidenceClock) {
        fact = .request(exchange)
        self.clock = clock
        let path = texts.string(exchange.pathTemplate).map {
            PathTemplate.join(template: $0, argument: exchange.pathArgument, texts: texts)
        }
        let place = (texts.string(exchange.domain) ?? "") + (path ?? "")
        let words = [texts.string(exchange.method), place.isEmpty ? nil : place].compactMap { $0 }
        what = words.isEmpty ? nil : words.joined(separator: " ")
        reason = texts.string(exchange.errorReason)
    }

    init(_ connection: Connection, _ texts: TextTable, _ clock: EvidenceClock) {
        fact = .connection(connection)
        self.clock = clock
        what = texts.string(connection.domain)
        reason = texts.string(connection.errorReason)
        history = texts.string(connection.history)
    }

    var id: FactID {
        switch fact {
        case .request(let exchange): exchange.id
        case .connection(let connection): connection.id
        }
    }

    /// When it began, as far as its record tells.
    var start: Timestamp {
        switch fact {
        case .request(let exchange): exchange.start ?? exchange.time
        case .connection(let connection): connection.start
        }
    }

    var end: Timestamp {
        switch fact {
        case .request(let exchange): exchange.time
        case .connection(let connection): connection.end
        }
    }

    var request: Exchange? { if case .request(let exchange) = fact { exchange } else { nil } }
}
