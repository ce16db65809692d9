package import ForensicsModel

/// Facts of a part of a chapter: they name texts by numbers that run through the parts of a chapter.
package struct FactPart: Sendable {
    /// The facts; the batch's own texts are not used.
    package var facts: FactBatch
    /// The texts that the parts of the chapter before this one did not name.
    package var newTexts = TextRun()
    /// Whether the next part numbers its texts anew.
    package var endsChapter: Bool

    package init(facts: consuming FactBatch, endsChapter: Bool) {
        self.facts = facts
        self.endsChapter = endsChapter
    }
}
