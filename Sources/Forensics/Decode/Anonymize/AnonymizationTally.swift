/// What became of the bytes of packets that were anonymized: each is in one of the four sums.
package struct AnonymizationTally: Sendable, Equatable {
    /// Packets rewritten.
    package var packets = 0
    /// Bytes left as they are: lengths, ports, sequence numbers, flags.
    package var kept = 0
    /// Bytes replaced: addresses, checksums, identifiers.
    package var replaced = 0
    /// Bytes of applications, and of fragments, zeroed.
    package var payload = 0
    /// All others, zeroed: options, padding, and what is not understood.
    package var others = 0
    /// Packets with headers that are not understood, are cut, or go on in another fragment.
    package var unreadPackets = 0
    /// PROXY headers whose addresses were replaced.
    package var proxyHeaders = 0
    /// PROXY headers that name nobody any more, as what stands for the addresses does not fit.
    package var namelessProxyHeaders = 0
    /// Checksums that were wrong and still are.
    package var wrongChecksums = 0

    package init() {}

    /// All bytes that were captured.
    package var bytes: Int { written + others }

    /// All bytes but those zeroed besides the payload.
    var written: Int { kept + replaced + payload }
}
