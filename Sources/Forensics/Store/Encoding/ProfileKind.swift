/// A dictionary table: columns that vary together and take few values are stored once and named by a number.
enum ProfileKind: Int, CaseIterable, Sendable {
    /// An address and a port: targets of logs.
    case endpoint = 0
    /// Where a request or connection went: load balancer, node, target group, domain, TLS parameters.
    case route
    /// How a request ended.
    case outcome
    /// How a connection ended, and what it was.
    case link
    /// What a health check asked and got.
    case probe
    /// The columns of a flow log that describe the interface and the verdict.
    case flow

    var tableName: String {
        switch self {
        case .endpoint: "endpoint"
        case .route: "route"
        case .outcome: "outcome"
        case .link: "link"
        case .probe: "probe"
        case .flow: "flow"
        }
    }

    /// One column of the table and its place in a key.
    struct Field: Sendable {
        let name: String
        let word: Int
        let shift: UInt64
        let width: UInt64
        /// What 0 in the key means: NULL, and other values count from 1.
        let isOptional: Bool
        /// Text ids are absent when 0 but do not count from 1.
        let isText: Bool
        /// A whole word that may be negative.
        let isSigned: Bool

        static func text(_ name: String, _ word: Int, _ shift: UInt64) -> Field {
            Field(name: name, word: word, shift: shift, width: 32, isOptional: false, isText: true, isSigned: false)
        }

        static func number(_ name: String, _ word: Int, _ shift: UInt64, _ width: UInt64) -> Field {
            Field(
                name: name, word: word, shift: shift, width: width, isOptional: false, isText: false, isSigned: false)
        }

        /// A number that may be absent; the key holds it plus one.
        static func optional(_ name: String, _ word: Int, _ shift: UInt64, _ width: UInt64) -> Field {
            Field(name: name, word: word, shift: shift, width: width, isOptional: true, isText: false, isSigned: false)
        }

        static func signed(_ name: String, _ word: Int) -> Field {
            Field(name: name, word: word, shift: 0, width: 64, isOptional: false, isText: false, isSigned: true)
        }

        /// The value that a key holds for this column; `nil` is NULL.
        func value(in key: ProfileKey) -> Int64? {
            let word = key[word]
            if isSigned { return Int64(bitPattern: word) }
            let raw = width == 64 ? word : word >> shift & (1 << width - 1)
            if isText { return raw == 0 ? nil : Int64(raw) }
            if isOptional { return raw == 0 ? nil : Int64(raw) - 1 }
            return Int64(raw)
        }

        /// Puts a column's value into a key: the inverse of `value(in:)`.
        func put(_ value: Int64?, into key: inout ProfileKey) {
            if isSigned {
                key[word] = UInt64(bitPattern: value ?? 0)
                return
            }
            let raw = UInt64(bitPattern: isOptional ? value.map { $0 + 1 } ?? 0 : value ?? 0)
            key[word] |= (raw & (1 << width - 1)) << shift
        }
    }

    var fields: [Field] {
        switch self {
        case .endpoint:
            [.signed("address", 0), .number("port", 1, 0, 16)]
        case .route:
            [
                .text("load_balancer", 0, 0), .text("node", 0, 32), .text("target_group", 1, 0), .text("domain", 1, 32),
                .text("tls_cipher", 2, 0), .number("scheme", 2, 32, 8), .number("tls_version", 2, 40, 16),
                .text("certificate", 3, 0), .optional("rule", 3, 32, 18),
            ]
        case .outcome:
            [
                .text("method", 0, 0), .text("error_reason", 0, 32), .text("actions", 1, 0),
                .text("classification", 1, 32), .optional("status", 2, 0, 17), .optional("target_status", 2, 17, 17),
                .number("http_version", 2, 34, 8), .number("blame", 2, 42, 8), .number("cause", 2, 50, 8),
                .number("flags", 3, 0, 32), .number("weight", 3, 32, 32),
            ]
        case .link:
            [
                .text("alpn", 0, 0), .text("error_reason", 0, 32), .number("transport", 1, 0, 8),
                .number("service", 1, 8, 8), .number("state", 1, 16, 8), .number("role", 1, 24, 8),
                .number("reset_by", 1, 32, 8), .number("flags", 2, 0, 32), .number("weight", 2, 32, 32),
                .text("details", 3, 0),
            ]
        case .probe:
            [
                .text("load_balancer", 0, 0), .text("target_group", 0, 32), .text("node", 1, 0),
                .text("target_name", 1, 32), .text("reason", 2, 0), .number("probe", 2, 32, 8),
                .number("outcome", 2, 40, 8), .optional("status", 3, 0, 17), .number("weight", 3, 32, 32),
            ]
        case .flow:
            [
                .text("account", 0, 0), .text("interface", 0, 32), .text("reject_reason", 1, 0), .text("vpc", 1, 32),
                .text("subnet", 2, 0), .text("instance", 2, 32), .text("zone", 3, 0), .text("source_service", 3, 32),
                .text("destination_service", 4, 0), .text("interface_type", 4, 32), .optional("version", 5, 0, 9),
                .optional("protocol", 5, 9, 9), .optional("tcp_flags", 5, 18, 9), .optional("traffic_path", 5, 27, 9),
                .optional("is_ingress", 5, 36, 2), .optional("is_reject", 5, 38, 2),
            ]
        }
    }

    var createSQL: String {
        "CREATE TABLE \(tableName)(id INTEGER PRIMARY KEY, \(fields.map(\.name).joined(separator: ", ")))"
    }
}

/// The columns of a profile packed into words: what is compared to find it again.
struct ProfileKey: Hashable, Sendable {
    var a: UInt64 = 0
    var b: UInt64 = 0
    var c: UInt64 = 0
    var d: UInt64 = 0
    var e: UInt64 = 0
    var f: UInt64 = 0

    @inline(__always)
    init(_ a: UInt64, _ b: UInt64 = 0, _ c: UInt64 = 0, _ d: UInt64 = 0, _ e: UInt64 = 0, _ f: UInt64 = 0) {
        self.a = a
        self.b = b
        self.c = c
        self.d = d
        self.e = e
        self.f = f
    }

    init() {}

    subscript(word: Int) -> UInt64 {
        get {
            switch word {
            case 0: a
            case 1: b
            case 2: c
            case 3: d
            case 4: e
            default: f
            }
        }
        set {
            switch word {
            case 0: a = newValue
            case 1: b = newValue
            case 2: c = newValue
            case 3: d = newValue
            case 4: e = newValue
            default: f = newValue
            }
        }
    }

    /// A mixed hash of all words; it places entries of caches and reaches no output.
    @inline(__always)
    var mixed: UInt64 {
        let left = (a ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: b ^ 0xBF58_476D_1CE4_E5B9)
        let right = (c ^ 0x94D0_49BB_1331_11EB).multipliedFullWidth(by: d ^ 0xD6E8_FEB8_6659_FD93)
        let last = (e ^ left.high ^ right.low).multipliedFullWidth(
            by: f ^ left.low ^ right.high ^ 0xA076_1D64_78BD_642F)
        return last.high ^ last.low
    }
}
