package import ForensicsModel

/// What a check is: its stable name, how much it matters, and how to read it.
package struct CheckDescription: Sendable {
    /// The stable name in the case file, such as `reset-by-target`.
    package var name: String
    package var severity: Severity
    /// What was found, in a few words.
    package var title: String
    /// What it means for whoever looks for the cause.
    package var meaning: String
    /// How it is computed.
    package var method: String
    /// When it is wrong.
    package var caveat: String
    /// What the measure is a number of: a time, unless said otherwise.
    package var unit: Finding.Unit

    package init(
        name: String, severity: Severity, title: String, meaning: String, method: String, caveat: String,
        unit: Finding.Unit = .nanoseconds
    ) {
        self.name = name
        self.severity = severity
        self.title = title
        self.meaning = meaning
        self.method = method
        self.caveat = caveat
        self.unit = unit
    }

    /// Meaning, method and caveat as one paragraph.
    package var documentation: String { "\(meaning) Computed: \(method) Wrong when: \(caveat)" }
}

/// A check of the registry, as far as reading its findings goes; what it observes are static functions of its own,
/// named in `CheckSet`.
package protocol Check {
    static var description: CheckDescription { get }

    /// When what each of many clients has is told together; `nil` where it never is.
    static var crowds: ClientCrowds.Rule? { get }

    /// Returns whether an episode is worth a finding.
    static func qualifies(_ episode: Episode, _ options: CheckOptions) -> Bool

    /// Returns whether the sightings of one minute are a burst, for checks that note bursts.
    static func isBurst(_ minute: Episode, _ options: CheckOptions) -> Bool

    /// Whom sightings of minutes that are no burst blame; `nil` where these are nothing to tell.
    static var blameOfFew: Blame? { get }

    /// Returns how grave an episode is.
    static func severity(_ episode: Episode) -> Severity

    /// Returns whom an episode blames.
    ///
    /// - Parameter blame: whom its sightings blamed, all the same.
    static func blame(_ episode: Episode, _ blame: Blame) -> Blame

    /// Returns the episode in a sentence, with numbers and units.
    static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String
}

extension Check {
    /// Each subject has findings of its own where a check does not say otherwise.
    package static var crowds: ClientCrowds.Rule? { nil }

    /// Every episode is worth a finding where a check does not say otherwise.
    package static func qualifies(_ episode: Episode, _ options: CheckOptions) -> Bool { true }

    /// A minute that would be worth a finding is a burst where a check does not say otherwise.
    package static func isBurst(_ minute: Episode, _ options: CheckOptions) -> Bool { qualifies(minute, options) }

    /// Minutes that are no burst are nothing to tell where a check does not say otherwise.
    package static var blameOfFew: Blame? { nil }

    /// Every episode is as grave as its check where that does not say otherwise.
    package static func severity(_ episode: Episode) -> Severity { description.severity }

    /// What any service has now and then is a notice: in logs an episode of one or two. Who captures looks for each.
    static func lesserWhereFew(_ episode: Episode) -> Severity {
        episode.count < 3 && !episode.kind.isCapture ? min(.notice, description.severity) : description.severity
    }

    /// An episode blames whom its sightings blamed where a check does not say otherwise.
    package static func blame(_ episode: Episode, _ blame: Blame) -> Blame { blame }
}
