import ForensicsModel

/// Says what became of the share of data segments that had to be sent again, where it matters.
struct RetransmissionText {
    let result: ComparisonResult

    var sentence: String? {
        let risen = result.retransmissions.filter(\.hasRisen)
        let fallen = result.retransmissions.filter(\.hasFallen)
        let texts = risen.map { told($0, "rose") + place($0) } + fallen.map { told($0, "fell") }
        return texts.isEmpty ? nil : "Of the data segments " + SentenceWords.list(texts) + "."
    }

    private func told(_ one: Retransmissions, _ verb: String) -> String {
        "toward \(one.receiver) the part that was sent again \(verb) from \(NumberText.percent(one.before.share ?? 0)) to "
            + "\(NumberText.percent(one.during.share ?? 0)) (\(NumberText.grouped(one.during.resent)) of "
            + "\(NumberText.grouped(one.during.segments)))"
    }

    /// On which side of the capture point they were lost.
    private func place(_ one: Retransmissions) -> String {
        let (unseen, resent) = (UInt64(clamping: one.during.unseen), UInt64(clamping: one.during.resent))
        switch LossPlace(unseen: unseen, of: resent) {
        case .behindCapture: return ", lost on the way from the capture point to the \(one.receiver)"
        case .beforeCapture: return ", lost on the way from the \(one.sender) to the capture point"
        case .both: return ", lost on both sides of the capture point"
        }
    }
}
