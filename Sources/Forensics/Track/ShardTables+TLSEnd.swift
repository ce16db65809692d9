import ForensicsDecode
import ForensicsModel

/// How a TLS handshake ends: as it should, by an alert, or because the server ends the connection instead of its hello.
extension ShardTables {
    /// Takes an alert in the clear, whose two bytes the piece begins with.
    mutating func alert(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ bytes: Span<UInt8>, _ piece: StreamPiece,
        _ out: inout TrackOutput
    ) {
        let (side, start) = (piece.side, piece.range.lowerBound)
        guard let alert = TLSAlert.parse(bytes, start..<start + 2) else { return }
        let value = Int64(alert.level) << 8 | Int64(alert.description)
        event(.tlsAlert, &core, direction: side, piece.place, value: value, &out)
        let version = stream.label < 0 ? TLSVersion.none : labels[stream.label].tlsVersion
        guard alert.isFatal(in: version) else {
            if side == 1, alert.isError, !core.marks.contains(.tlsFailed) {
                let index = label(of: &stream)
                labels[index].failure = UInt16(truncatingIfNeeded: value)
            }
            return
        }
        failHandshake(&core, &stream, side, value: value, piece.place, &out)
    }

    /// Marks a handshake as failed.
    ///
    /// - Parameters:
    ///   - side: who ended it.
    ///   - value: level and description of the alert, 0 where there is none.
    mutating func failHandshake(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ side: Int, value: Int64, _ place: PacketPlace,
        _ out: inout TrackOutput
    ) {
        if !core.marks.contains(.tlsFailed) {
            let index = label(of: &stream)
            labels[index].failure = UInt16(truncatingIfNeeded: value)
            labels[index].isFailedByServer = side == 1
        }
        core.marks.insert(.tlsFailed)
        event(.sslFailure, &core, direction: side, place, value: value, &out)
    }

    /// Takes the end of the server's direction, all of which was read: one that comes before its hello, and before the client
    /// left, is how some servers refuse a handshake. A warning that nothing else followed says why.
    mutating func endHandshake(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ place: PacketPlace, _ out: inout TrackOutput
    ) {
        guard lacksServerHello(core, stream), !core.marks.contains(.tlsFailed),
            !core.halves[0].marks.contains(.sentFIN), !core.halves[0].marks.contains(.sentRST)
        else { return }
        failHandshake(&core, &stream, 1, value: Int64(labels[stream.label].failure), place, &out)
    }

    /// Whether a client's hello was read on a connection whose beginning was seen, and no hello of the server, of which nothing
    /// went unread that may have been one.
    func lacksServerHello(_ core: ConnectionCore, _ stream: StreamState) -> Bool {
        guard core.marks.contains(.startSeen), case .tls = core.service, stream.label >= 0 else { return false }
        guard stream.halves[1].tlsMarks & TLSMark.unread == 0 else { return false }
        return labels[stream.label].isHelloSeen && labels[stream.label].cipher.isNone
    }

    /// Follows the handshake to its end: in TLS 1.3 the client's first encrypted record that is no early data, before it the
    /// later of the two messages that follow a change of cipher.
    mutating func follow(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ side: Int,
        _ type: TLSRecordHead.ContentType, _ place: PacketPlace
    ) {
        switch type {
        case .changeCipherSpec:
            stream.halves[side].tlsMarks |= TLSMark.changedCipher
            return
        case .handshake:
            guard stream.halves[side].tlsMarks & TLSMark.changedCipher != 0 else { return }
            stream.halves[side].tlsMarks |= TLSMark.finished
        case .applicationData:
            if side == 1, stream.label >= 0, stream.halves[1].tlsMarks & TLSMark.finished == 0 {
                labels[stream.label].flightEnd = stream.halves[1].expected
            }
            stream.halves[side].tlsMarks |= TLSMark.finished
        case .alert, .heartbeat: return
        }
        guard stream.label >= 0, labels[stream.label].isHelloSeen else { return }
        let isOver: Bool
        if case .tls13 = labels[stream.label].tlsVersion {
            isOver = side == 0 && type == .applicationData && followsFlight(core, stream, place)
        } else {
            isOver = stream.halves[0].tlsMarks & stream.halves[1].tlsMarks & TLSMark.finished != 0
        }
        guard isOver else { return }
        labels[stream.label].tlsHandshake = max(1, place.time &- labels[stream.label].helloTime)
        stopReading(&stream)
    }

    /// Whether an encrypted record of the client comes after the server's flight. Early data comes before the client has received
    /// anything of the server, and goes on while its flight is on its way, or its wish for another hello. RFC 8446, sections 2.3
    /// and 4.2.10.
    private func followsFlight(_ core: ConnectionCore, _ stream: StreamState, _ place: PacketPlace) -> Bool {
        guard TCPAnalysis.isAfter(place.acknowledgment, core.halves[1].base &+ 1) else { return false }
        let marks = stream.halves[1].tlsMarks
        // Where the flight was not read, nothing better is known.
        guard labels[stream.label].offersEarlyData, core.halves[1].bytes > 0, marks & TLSMark.unread == 0 else {
            return true
        }
        return marks & TLSMark.finished != 0
            && !TCPAnalysis.isAfter(labels[stream.label].flightEnd, place.acknowledgment)
    }
}
