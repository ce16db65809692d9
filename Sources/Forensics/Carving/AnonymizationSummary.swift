import ForensicsDecode

/// What became of the packets of a carved file without names, in numbers.
public struct AnonymizationSummary: Sendable {
    private let bytes: AnonymizationTally
    private let addresses: AddressAnonymizer.Count

    init(_ anonymizer: PacketAnonymizer) {
        bytes = anonymizer.tally
        addresses = anonymizer.addresses.count
    }

    /// The numbers in sentences.
    public var sentences: [String] {
        let least = addresses.isLowerBound ? "at least " : ""
        var sentences = [
            "anonymized: \(least)\(addresses.v4) IPv4, \(addresses.v6) IPv6 and \(addresses.hardware) hardware addresses "
                + "replaced, \(addresses.kept) of special use kept.",
            "of \(bytes.bytes) bytes \(bytes.payload) of payload and \(bytes.others) of options, padding and unknown headers "
                + "are zeroed, \(bytes.replaced) replaced, \(bytes.kept) kept.",
        ]
        if bytes.unreadPackets > 0 {
            sentences.append("of \(bytes.unreadPackets) packets some header was not understood or cut, and is zeroed.")
        }
        if bytes.proxyHeaders > 0 {
            sentences.append("\(bytes.proxyHeaders) PROXY headers name their clients by the new addresses.")
        }
        if bytes.namelessProxyHeaders > 0 {
            sentences.append(
                "\(bytes.namelessProxyHeaders) PROXY headers name no client any more, as its new address does not fit.")
        }
        if bytes.wrongChecksums > 0 {
            sentences.append("\(bytes.wrongChecksums) checksums were wrong, and are.")
        }
        return sentences
    }
}
