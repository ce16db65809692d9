import ForensicsModel

/// Where the columns of a format stand in a line.
struct LogLayout: Sendable {
    /// A column that the format's decoder does not know: kept as `name=value`.
    struct Extra: Sendable {
        /// Where the column stands in the line.
        var place: UInt8
        var name: [UInt8]
    }

    /// A column that the line does not have: past every field.
    static let absent: UInt8 = 255

    /// The place of each of the format's columns.
    var places: [UInt8]
    /// Columns to keep as they are, in the order of the line.
    var extras: [Extra] = []
    /// How many fields a line has; `nil` where the format says a minimum.
    var fieldCount: Int?
    /// Whether this is the format's own order.
    var isDefault = true

    /// Creates the format's own order.
    init(_ kind: EvidenceKind) {
        places = [UInt8](repeating: Self.absent, count: LogTokenizer.capacity)
        let count = kind == .vpcFlow ? VPCFlowColumn.defaultCount : 64
        for index in 0..<count { places[index] = UInt8(index) }
        if kind == .vpcFlow { fieldCount = count }
    }

    /// Creates the order that a header tells.
    init(_ kind: EvidenceKind, _ header: LogHeader) {
        places = [UInt8](repeating: Self.absent, count: LogTokenizer.capacity)
        let names = LogColumns.names(kind)
        for (place, name) in header.names.enumerated() where place < 64 {
            if let column = names.firstIndex(where: { LogHeader.matches(name, $0) }), places[column] == Self.absent {
                places[column] = UInt8(place)
                if LogColumns.isModelled(kind, column) { continue }
            }
            if !name.isEmpty { extras.append(Extra(place: UInt8(place), name: name)) }
        }
        fieldCount = header.names.count
        isDefault = false
    }

    /// Creates the order of values that were put at the places of their columns.
    init(json extras: [Extra]) {
        places = [UInt8](repeating: Self.absent, count: LogTokenizer.capacity)
        for index in 0..<64 { places[index] = UInt8(index) }
        self.extras = extras
        isDefault = false
    }
}

/// The column names of each format, in the order that the format writes them.
enum LogColumns {
    static func names(_ kind: EvidenceKind) -> [StaticString] {
        switch kind {
        case .alb: ALBColumn.names
        case .nlb: NLBColumn.names
        case .clb: CLBColumn.names
        case .albConnection: ALBConnectionColumn.names
        case .albHealthCheck: ALBHealthCheckColumn.names
        case .vpcFlow: VPCFlowColumn.names
        case .pcap, .live: []
        }
    }

    /// Whether the fact has a place for the column; of flow logs, the others are kept as `name=value`.
    static func isModelled(_ kind: EvidenceKind, _ column: Int) -> Bool {
        kind != .vpcFlow || VPCFlowColumn.isModelled(column)
    }
}
