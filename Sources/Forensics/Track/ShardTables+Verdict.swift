/// How an exchange ended, where more is known than the packet tells that ended it.
extension ShardTables {
    /// The end as it is to be told: a checker that hangs up once it has the status has what it wanted.
    func verdict(_ end: ExchangeEnd, _ exchange: PendingExchange, _ core: ConnectionCore) -> ExchangeEnd {
        guard exchange.marks.contains(.healthCheck), exchange.marks.contains(.responding) else { return end }
        switch end {
        case .complete, .notCaptured, .evidenceEnds: return end
        case .reset(let side, _): return side == 0 || core.halves[0].marks.contains(.endedFirst) ? .complete : end
        case .serverClosed: return core.halves[0].marks.contains(.endedFirst) ? .complete : end
        }
    }
}
