/// On which side of the capture point packets were lost, as far as their retransmissions tell: where the capture has the first sending,
/// behind it.
package enum LossPlace: Sendable {
    /// Between the capture point and who receives them.
    case behindCapture
    /// Between who sends them and the capture point.
    case beforeCapture
    case both

    /// Below and above these hundredths hardly any, or nearly all, were lost before they came to the capture point.
    private static let (hardlyAny, nearlyAll) = (UInt64(20), UInt64(80))

    /// - Parameter unseen: of the segments sent again, those that were not captured the first time.
    package init(unseen: UInt64, of resent: UInt64) {
        let share = unseen.multipliedReportingOverflow(by: 100).partialValue
        if share < Self.hardlyAny * resent {
            self = .behindCapture
        } else {
            self = share > Self.nearlyAll * resent ? .beforeCapture : .both
        }
    }
}
