import ForensicsModel

/// The names of a server's own certificate, as TLS 1.2 and before show it in the clear.
///
/// Ranges point into the span that was parsed, or into `joined` where that is not empty. RFC 5246, section 7.4.2;
/// RFC 5280, sections 4.1.2.6 and 4.2.1.6.
package struct TLSCertificateNames: Sendable {
    /// The last common name of the subject.
    package var commonName = 0..<0
    /// The encoded subject alternative names; `nextDNSName` walks them.
    package var alternateNames = 0..<0
    /// How many bytes of the record follow the message.
    package var recordRest = 0
    /// The certificate message if it was split over several records; else empty.
    package var joined: [UInt8] = []

    package init() {}

    /// How many handshake messages are stepped over in search of the certificate.
    private static let messageCount = 8

    /// Finds the certificate message in a server's flight that begins with the server hello's record.
    ///
    /// `malformed` also means that there is none in the clear: TLS 1.3, a resumed session.
    package static func parse(
        _ bytes: Span<UInt8>, _ range: Range<Int>, into names: inout TLSCertificateNames
    ) -> HeadResult {
        names = TLSCertificateNames()
        var walker = TLSHandshakeWalker(range)
        for _ in 0..<messageCount {
            switch walker.next(bytes) {
            case .message(11, let body):
                guard names.read(bytes, body) else { return .malformed }
                names.recordRest = walker.recordRest
                return .complete(length: walker.position - range.lowerBound)
            case .joined(11, let body):
                names.joined = walker.joined
                guard names.read(walker.joined.span, body) else { return .malformed }
                names.recordRest = walker.recordRest
                return .complete(length: walker.position - range.lowerBound)
            case .message, .joined: continue
            case .incomplete, .partial: return .incomplete
            case .end, .malformed: return .malformed
            }
        }
        return .malformed
    }

    /// Returns the next DNS name of `rest`, which begins as `alternateNames`, or `nil` after the last.
    package static func nextDNSName(_ bytes: Span<UInt8>, _ rest: inout Range<Int>) -> Range<Int>? {
        while let element = DERElement.next(bytes, &rest) {
            if element.tag == 0x82 { return element.content }
        }
        return nil
    }

    private mutating func read(_ bytes: Span<UInt8>, _ body: Range<Int>) -> Bool {
        var message = TLSCursor(body)
        guard let list = message.vector24(bytes) else { return false }
        var certificates = TLSCursor(list)
        guard let leaf = certificates.vector24(bytes), let certificate = DERElement(bytes, leaf),
            let signed = DERElement(bytes, certificate.content)
        else { return false }
        return readSigned(bytes, signed.content)
    }

    /// Steps through TBSCertificate: [version], serial, algorithm, issuer, validity, subject, key, [extensions].
    private mutating func readSigned(_ bytes: Span<UInt8>, _ content: Range<Int>) -> Bool {
        var rest = content
        guard var element = DERElement.next(bytes, &rest) else { return false }
        if element.tag == 0xA0 {
            guard let serial = DERElement.next(bytes, &rest) else { return false }
            element = serial
        }
        for _ in 0..<4 {
            guard let next = DERElement.next(bytes, &rest) else { return false }
            element = next
        }
        readSubject(bytes, element.content)
        while let part = DERElement.next(bytes, &rest) {
            if part.tag == 0xA3, let list = DERElement(bytes, part.content) { readExtensions(bytes, list.content) }
        }
        return true
    }

    private mutating func readSubject(_ bytes: Span<UInt8>, _ subject: Range<Int>) {
        var sets = subject
        while let set = DERElement.next(bytes, &sets) {
            var attributes = set.content
            while let attribute = DERElement.next(bytes, &attributes) {
                var parts = attribute.content
                guard let type = DERElement.next(bytes, &parts), let value = DERElement.next(bytes, &parts) else {
                    break
                }
                if Self.isIdentifier(bytes, type, 0x55_0403) { commonName = value.content }
            }
        }
    }

    private mutating func readExtensions(_ bytes: Span<UInt8>, _ list: Range<Int>) {
        var rest = list
        while let entry = DERElement.next(bytes, &rest) {
            var parts = entry.content
            guard let type = DERElement.next(bytes, &parts), Self.isIdentifier(bytes, type, 0x55_1D11) else { continue }
            while let part = DERElement.next(bytes, &parts) {
                if part.tag == 0x04, let names = DERElement(bytes, part.content) { alternateNames = names.content }
            }
        }
    }

    private static func isIdentifier(_ bytes: Span<UInt8>, _ element: DERElement, _ value: UInt32) -> Bool {
        element.tag == 0x06 && element.content.count == 3 && bytes.uint24(at: element.content.lowerBound) == value
    }
}
