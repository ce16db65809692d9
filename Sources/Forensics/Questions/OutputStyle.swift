/// How an answer is written: its format and what the terminal allows.
public struct OutputStyle: Sendable {
    /// The format of the answer.
    public var format: ReportFormat
    /// What the terminal and the user allow.
    public var style: ReportStyle

    /// Creates a style.
    ///
    /// - Parameters:
    ///   - width: columns of the terminal, 0 without one.
    ///   - isRaw: CSV cells are not protected against formulas.
    public init(format: ReportFormat, width: Int, usesColor: Bool, isRaw: Bool) {
        self.format = format
        style = ReportStyle(width: width, usesColor: usesColor, isRaw: isRaw)
    }
}
