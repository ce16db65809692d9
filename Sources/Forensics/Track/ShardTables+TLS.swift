import ForensicsDecode
import ForensicsModel

/// What was seen of one side's TLS handshake.
enum TLSMark {
    static let hello: UInt8 = 1
    static let changedCipher: UInt8 = 2
    static let finished: UInt8 = 4
    /// What may have held the hello, or its end, was not read.
    static let unread: UInt8 = 8
}

extension ShardTables {
    /// Reads TLS records: the hellos, alerts in the clear, and when the handshake is over. Bodies are stepped over.
    mutating func deliverTLS(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ bytes: Span<UInt8>, _ piece: StreamPiece,
        _ out: inout TrackOutput
    ) -> Int {
        let side = piece.side
        if stream.halves[side].remaining > 0 {
            let used = min(stream.halves[side].remaining, Int64(piece.length))
            stream.halves[side].remaining -= used
            return Int(used)
        }
        if stream.halves[side].buffer < 0 {
            if let used = readRecord(&core, &stream, bytes, piece, &out) { return used }
            // What the other side sends may be captured all the same: an alert above all.
            if piece.isCut || !keep(&stream, bytes, piece) { stopTLS(&stream, side) }
            return piece.length
        }
        return deliverBuffered(&core, &stream, bytes, piece, &out)
    }

    /// Stops reading one side: where its next record begins is not known.
    private mutating func stopTLS(_ stream: inout StreamState, _ side: Int) {
        stream.halves[side].tlsMarks |= TLSMark.unread
        stopReading(&stream, side)
    }

    private mutating func deliverBuffered(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ bytes: Span<UInt8>, _ piece: StreamPiece,
        _ out: inout TrackOutput
    ) -> Int {
        let side = piece.side
        guard keep(&stream, bytes, piece) else {
            stopTLS(&stream, side)
            return piece.length
        }
        let index = stream.halves[side].buffer
        let buffer = buffers.take(index)
        let total = buffer.bytes.count
        let known = total - piece.range.count
        stream.halves[side].buffer = -1
        let whole = piece.behind(known, from: buffer.place)
        let used = readRecord(&core, &stream, buffer.bytes.span, whole, &out)
        buffers.putBack(index, buffer)
        guard let used else {
            stream.halves[side].buffer = index
            if piece.isCut || total > Self.headLimit { stopTLS(&stream, side) }
            return piece.length
        }
        buffers.release(index)
        if used >= known { return used - known }
        // What was kept reaches into the body of the record that was just begun.
        let rest = Int64(known - used)
        if stream.halves[side].remaining >= rest {
            stream.halves[side].remaining -= rest
        } else {
            stopTLS(&stream, side)
        }
        return 0
    }

    /// Reads a hello or one record's header; returns the bytes used, or `nil` where more are needed.
    private mutating func readRecord(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ bytes: Span<UInt8>, _ piece: StreamPiece,
        _ out: inout TrackOutput
    ) -> Int? {
        let (side, range) = (piece.side, piece.range)
        let isFirst = stream.halves[side].tlsMarks & TLSMark.hello == 0
        if isFirst {
            var rest = 0
            switch side == 0
                ? clientHello(&stream, bytes, piece, &out.kept)
                : serverHello(&stream, bytes, piece, &rest, &out.kept)
            {
            case .complete(let used):
                stream.halves[side].tlsMarks |= TLSMark.hello
                stream.halves[side].remaining = Int64(rest)
                return used
            case .incomplete where !piece.isCut && range.count <= Self.headLimit: return nil
            // A warning may come before the hello: that the name is not known. RFC 6066, section 3.
            case .malformed where !range.isEmpty && bytes[range.lowerBound] == 21: break
            // Something else stands where the hello is expected, or it is cut: go on record by record.
            case .incomplete: stream.halves[side].tlsMarks |= TLSMark.hello | TLSMark.unread
            case .malformed: stream.halves[side].tlsMarks |= TLSMark.hello
            }
        }
        var head = TLSRecordHead()
        switch TLSRecordHead.parse(bytes, range, into: &head) {
        case .incomplete: return nil
        case .malformed:
            counters.tlsMalformed += 1
            if isFirst, side == 1, lacksServerHello(core, stream) {
                failHandshake(&core, &stream, 1, value: 0, piece.place, &out)
            }
            stopReading(&stream)
            return range.count
        case .complete(let used):
            if case .alert = head.contentType, head.length == 2,
                stream.halves[side].tlsMarks & TLSMark.changedCipher == 0
            {
                guard range.count >= 7 else { return nil }
                var body = piece
                body.drop(5)
                alert(&core, &stream, bytes, body, &out)
            }
            stream.halves[side].remaining = Int64(head.length)
            follow(&core, &stream, side, head.contentType, piece.place)
            return used
        }
    }

    private mutating func clientHello(
        _ stream: inout StreamState, _ bytes: Span<UInt8>, _ piece: StreamPiece, _ texts: inout LiveTexts
    ) -> HeadResult {
        var hello = TLSClientHello()
        let result = TLSClientHello.parse(bytes, piece.range, into: &hello)
        switch result {
        case .malformed: return result
        case .incomplete where !piece.isCut: return result
        case .incomplete, .complete: break
        }
        let index = label(of: &stream)
        var label = labels[index]
        if hello.joined.isEmpty {
            label.serverName = Self.internName(bytes, hello.serverName, &texts)
            label.alpn = texts.intern(bytes, hello.firstALPN, limit: TextLimit.name)
        } else {
            label.serverName = Self.internName(hello.joined.span, hello.serverName, &texts)
            label.alpn = texts.intern(hello.joined.span, hello.firstALPN, limit: TextLimit.name)
        }
        label.tlsVersion = hello.version
        label.helloTime = piece.first.time
        label.isHelloSeen = true
        label.offersEarlyData = hello.flags.contains(.earlyData)
        if case .complete = result {
            var print: [UInt8] = []
            JA4.fingerprint(bytes, hello, overQUIC: false, into: &print)
            label.ja4 = texts.intern(print)
        }
        labels[index] = label
        return result
    }

    /// - Parameter rest: what is left of the record after what was read.
    private mutating func serverHello(
        _ stream: inout StreamState, _ bytes: Span<UInt8>, _ piece: StreamPiece, _ rest: inout Int,
        _ texts: inout LiveTexts
    ) -> HeadResult {
        var hello = TLSServerHello()
        let result = TLSServerHello.parse(bytes, piece.range, into: &hello)
        switch result {
        case .malformed: return result
        case .incomplete where !piece.isCut || hello.version == .none: return result
        case .incomplete, .complete: break
        }
        let index = label(of: &stream)
        var label = labels[index]
        label.tlsVersion = hello.version
        label.cipher = texts.intern(Array(TLSCipherSuite.name(hello.cipher).utf8))
        if !hello.alpn.isEmpty {
            label.alpn =
                hello.joined.isEmpty
                ? texts.intern(bytes, hello.alpn, limit: TextLimit.name)
                : texts.intern(hello.joined.span, hello.alpn, limit: TextLimit.name)
        } else if case .complete = result, hello.version != .tls13 {
            // None was agreed; of TLS 1.3 the answer is encrypted, and what the client likes best stands for it.
            label.alpn = .none
        }
        labels[index] = label
        rest = hello.recordRest
        guard case .complete = result, hello.version != .tls13 else { return result }
        return certificate(index, bytes, piece, &rest, &texts) ?? result
    }

    /// Reads the names of the certificate that follows the hello before TLS 1.3.
    ///
    /// - Returns: `nil` where there is none, or not all of it.
    private mutating func certificate(
        _ label: Int32, _ bytes: Span<UInt8>, _ piece: StreamPiece, _ rest: inout Int, _ texts: inout LiveTexts
    ) -> HeadResult? {
        var names = TLSCertificateNames()
        let result = TLSCertificateNames.parse(bytes, piece.range, into: &names)
        switch result {
        case .malformed: return nil
        case .incomplete: return piece.isCut || piece.range.count > Self.headLimit ? nil : result
        case .complete: break
        }
        rest = names.recordRest
        let details =
            names.joined.isEmpty
            ? CertificateDetails.json(names, bytes) : CertificateDetails.json(names, names.joined.span)
        if let details { labels[label].details = texts.intern(details) }
        return result
    }
}
