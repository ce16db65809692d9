import ForensicsModel

/// Lines that hold two records: where files were joined of which one did not end its last line, and where lines end in a
/// carriage return alone. Nothing tells where the last column of the first record ends: such a line is rejected.
extension LogDecoder {
    /// How a record of a format is told behind another.
    struct Joint {
        /// The columns that a record has at least.
        var minimum: Int
        /// How far behind the time another column stands that tells a record.
        var distance: Int
        /// What that column holds.
        var mark: Mark

        enum Mark { case endpoint, address, result }

        static var alb: Joint { Joint(minimum: ALBColumn.minimum, distance: 2, mark: .endpoint) }
        static var clb: Joint { Joint(minimum: CLBColumn.minimum, distance: 2, mark: .endpoint) }
        static var nlb: Joint { Joint(minimum: NLBColumn.minimum, distance: 3, mark: .endpoint) }
        static var albConnection: Joint {
            Joint(minimum: ALBConnectionColumn.minimum, distance: 1, mark: .address)
        }
        static var albHealthCheck: Joint {
            Joint(minimum: ALBHealthCheckColumn.minimum, distance: 4, mark: .result)
        }
    }

    /// Whether the line holds more than one record.
    ///
    /// - Parameter known: the columns that the format has; a line with no more is not looked at.
    @inline(__always)
    func isJoined(_ bytes: Span<UInt8>, _ joint: @autoclosure () -> Joint, past known: Int) -> Bool {
        if layout.isDefault { return line.count > known ? holdsAnother(bytes, joint()) : false }
        return holdsColumnsOfTwo
    }

    /// Whether the line has the columns of two records that a header names; their seam may be one column.
    var holdsColumnsOfTwo: Bool {
        guard let expected = layout.fieldCount else { return false }
        return line.count >= max(expected * 2 - 1, expected + 1)
    }

    /// Whether a time stands behind the first record, and behind it what stands there in a record.
    @inline(never)
    private func holdsAnother(_ bytes: Span<UInt8>, _ joint: Joint) -> Bool {
        var index = joint.minimum
        while index + joint.distance < line.count {
            if isTime(bytes, line[index]), holds(joint.mark, bytes, line[index + joint.distance]) { return true }
            index += 1
        }
        return false
    }

    /// Whether a field is a time, or ends in one: a record may begin with its time, behind the last column of the one before.
    private func isTime(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        // `2018-07-02T22:23:00.186641Z`, or the shorter form of NLB logs.
        let count = range.count >= 27 ? 27 : 19
        guard range.count >= count, bytes[range.upperBound - count] &- 0x30 <= 9 else { return false }
        var clock = LogClock()
        return clock.time(bytes, range.upperBound - count..<range.upperBound) != nil
    }

    private func holds(_ mark: Joint.Mark, _ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        switch mark {
        case .endpoint: return LogValue.endpoint(bytes, range) != nil
        case .address: return LogValue.address(bytes, range) != nil
        case .result:
            let name = LogValue.shortName(bytes, range)
            return name == ShortName.pass || name == ShortName.fail
        }
    }
}
