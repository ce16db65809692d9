import ForensicsCompare
import ForensicsModel
import ForensicsStore

/// What a comparison tells of, and what has to be read for it.
extension CompareQuestion {
    /// The dimensions that are told of.
    func askedDimensions() throws(ForensicsError) -> [Dimension] {
        if dimensions.isEmpty { return Dimension.allCases }
        var asked: Set<Dimension> = []
        for name in dimensions { asked.insert(try restrictions.dimension(named: name, option: "--dimension ")) }
        return asked.sorted()
    }

    /// What evidence is read for that is thrown away after the comparison.
    ///
    /// - Parameters:
    ///   - asksMore: whether it is asked for more, as for the windows themselves.
    ///   - windows: both, where they are known before it is read.
    func purpose(asksMore: Bool, _ windows: [TimeWindow]) throws(ForensicsError) -> EvidencePurpose {
        let asked = try askedDimensions()
        if asksMore { return .questions }
        let isOfRollups =
            windows.count == 2 && windows.allSatisfy { AggregateAccumulator.edges(of: $0).isEmpty }
            && anchor == AggregateAccumulator.Anchor.record.rawValue && !looksCloser
        let needsRows = try restrictions.filter().needsRows
        // What facts have to pass is read as well.
        return .comparison(
            by: restrictions.paths.isEmpty || asked.contains(.path) ? asked : asked + [.path],
            rows: isOfRollups && !needsRows ? .traces : .whole)
    }

    /// Whether single requests are read again, as far as they are not too many.
    var looksCloser: Bool { dimensions.isEmpty || combinesAlways }

    /// That lines were not read whole; `nil` where they were, or no logs are.
    func columnsCaveat(_ purpose: EvidencePurpose, _ session: CaseSession) -> ComparisonResult.Caveat? {
        guard case .comparison = purpose, !dimensions.isEmpty,
            session.sources.contains(where: { !$0.kind.isCapture })
        else { return nil }
        let names = Set(dimensions.compactMap { Dimension(name: $0) }).sorted().map { MeasureName.words($0.name) }
        return .init(
            code: "columns-read",
            text:
                "Lines of logs were read and checked as far as \(names.joined(separator: ", ")) need it (--dimension): what is "
                + "wrong in other columns is not counted.")
    }
}

extension Restrictions {
    /// The dimension that the user named.
    ///
    /// - Parameters:
    ///   - option: what stands before the name on the command line.
    ///   - others: what may be named beside dimensions.
    func dimension(
        named name: String, option: String = "", orElse others: String = ""
    ) throws(ForensicsError) -> Dimension {
        guard let dimension = Dimension(name: name) else {
            let names = Dimension.allCases.map(\.name).joined(separator: ", ")
            throw ForensicsError(.usage, "\(option)\(name): is no dimension; use \(others)\(names).")
        }
        if dimension == .asn || dimension == .country, addressDatabases.isEmpty {
            throw ForensicsError(
                .usage, "\(option)\(name): needs --mmdb FILE, a MaxMind DB of networks or countries.")
        }
        return dimension
    }
}
