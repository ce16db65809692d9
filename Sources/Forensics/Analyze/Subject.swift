package import ForensicsModel

/// Whom or what a finding is about, as a value that can be compared without texts.
package struct Subject: Hashable, Sendable {
    /// What the words of a subject mean.
    package enum Form: UInt8, Sendable {
        case none = 0
        case address, endpoint, text
        /// An address and two texts: a client, a domain and a path.
        case request
        /// Everything past the limits.
        case other
        /// Many clients that are told together; their number.
        case crowd
        /// All ends with a port.
        case port
    }

    package var form: Form
    package var high: UInt64 = 0
    package var low: UInt64 = 0
    /// A port, a text's number, or two of them.
    package var word: UInt64 = 0
    /// Of a request: what its path's template left out.
    private(set) var argument: UInt64 = 0

    /// The path of a request.
    package struct Path: Sendable {
        /// A text's number.
        package var template: UInt32
        /// A number times two plus one, or the digest of a text times two; 0 for nothing.
        package var argument: UInt64
    }

    /// Nobody in particular.
    package static let none = Subject(form: .none)
    /// Those that there was no room to keep apart.
    package static let other = Subject(form: .other)
    /// What they are called.
    static let otherName = "(other)"

    private init(form: Form) { self.form = form }

    /// An order that does not depend on the run.
    static func precedes(_ left: Subject, _ right: Subject) -> Bool {
        (left.form.rawValue, left.high, left.low, left.word, left.argument)
            < (right.form.rawValue, right.high, right.low, right.word, right.argument)
    }

    /// Creates the subject of an address.
    package init(_ address: IPAddress) {
        form = .address
        high = address.high
        low = address.low
    }

    /// Creates the subject of an address with its port.
    package init(_ endpoint: Endpoint) {
        form = .endpoint
        high = endpoint.address.high
        low = endpoint.address.low
        word = UInt64(endpoint.port)
    }

    /// Creates the subject of a text that `SubjectTexts` numbered.
    package init(text: UInt32) {
        self.init(form: text == 0 ? .none : .text)
        word = UInt64(text)
    }

    /// Creates the subject of many clients that are told together.
    init(clients: UInt64) {
        self.init(form: .crowd)
        word = clients
    }

    /// Creates the subject of all ends with a port; those that hosts of containers give out are one.
    init(port: UInt16) {
        self.init(form: .port)
        word = UInt64(min(port, Self.firstContainerPort))
    }

    private static let firstContainerPort: UInt16 = 30_000

    /// Fewer clients that fail now and then are what every public address meets.
    private static let manyClients: UInt64 = 100
    /// Whether it is a crowd of no more clients than any public service has failing within an hour.
    var isSmallCrowd: Bool { form == .crowd && word < Self.manyClients }

    /// Creates the subject of requests of one client for one path of one domain.
    package init(_ client: IPAddress, domain: UInt32, _ path: Path) {
        self.init(client)
        form = .request
        word = UInt64(domain) << 32 | UInt64(path.template)
        argument = path.argument
    }

    /// The address alone of which this is the subject; `nil` of others.
    package var address: IPAddress? {
        guard case .address = form else { return nil }
        return IPAddress(high: high, low: low)
    }

    /// The address and port of which this is the subject; `nil` of others.
    package var endpoint: Endpoint? {
        guard case .endpoint = form else { return nil }
        return Endpoint(IPAddress(high: high, low: low), UInt16(truncatingIfNeeded: word))
    }

    /// The same subject where its texts have other numbers; `nil` where one has none.
    func renumbered(_ number: (UInt32) -> UInt32?) -> Subject? {
        var subject = self
        switch form {
        case .none, .other, .address, .endpoint, .crowd, .port: break
        case .text:
            guard let text = number(UInt32(truncatingIfNeeded: word)) else { return nil }
            subject.word = UInt64(text)
        case .request:
            guard let domain = number(UInt32(truncatingIfNeeded: word >> 32)),
                let template = number(UInt32(truncatingIfNeeded: word))
            else { return nil }
            subject.word = UInt64(domain) << 32 | UInt64(template)
        }
        return subject
    }

    /// The subject as findings name it.
    ///
    /// - Parameter texts: those that numbered its texts.
    package func text(_ texts: SubjectTexts) -> String {
        let address = IPAddress(high: high, low: low)
        switch form {
        case .none: return "(unknown)"
        case .other: return Self.otherName
        case .crowd: return Wording.count(word, "client")
        case .port: return word < Self.firstContainerPort ? "port \(word)" : "ports from \(word)"
        case .address: return address.description
        case .endpoint: return Endpoint(address, UInt16(truncatingIfNeeded: word)).description
        case .text: return texts.string(UInt32(truncatingIfNeeded: word))
        case .request:
            let domain = texts.string(UInt32(truncatingIfNeeded: word >> 32))
            let template = texts.string(UInt32(truncatingIfNeeded: word))
            let number = PathArgument.number(Int64(bitPattern: argument >> 1))
            let path = PathTemplate.join(
                template: template, argument: argument & 1 == 1 ? number : .none, texts: TextTable())
            return "\(address) \(domain)\(path)"
        }
    }
}
