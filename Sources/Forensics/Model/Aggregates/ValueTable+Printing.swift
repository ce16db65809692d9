/// Values as they are printed and as they stand in JSON, and what was printed as a value again.
extension ValueTable {
    /// The value as it is printed and compared; `scratch` saves an allocation per value.
    package func string(_ ordinal: UInt32, scratch: inout [UInt8]) -> String {
        scratch.removeAll(keepingCapacity: true)
        appendText(ordinal, to: &scratch)
        return String(decoding: scratch, as: UTF8.self)
    }

    /// Appends the value as it is printed.
    package func appendText(_ ordinal: UInt32, to out: inout [UInt8]) {
        let key = keys[Int(ordinal)]
        switch key.form {
        case ValueKey.Form.number: appendNumber(key, to: &out)
        case ValueKey.Form.address: Self.append(key.address, to: &out)
        case ValueKey.Form.endpoint:
            if key.address.isV4 {
                Self.append(key.address, to: &out)
                out.append(0x3A)
                DecimalText.append(UInt64(key.port), to: &out)
            } else {
                out.append(contentsOf: Endpoint(key.address, key.port).description.utf8)
            }
        case ValueKey.Form.text:
            out.append(contentsOf: texts.arena[texts.range(key.text)])
        default: out.append(contentsOf: Self.otherName.utf8)
        }
    }

    /// Appends the value as JSON: an IPv4 client as a number, everything else as a string.
    package func appendJSON(_ ordinal: UInt32, to out: inout [UInt8]) {
        let key = keys[Int(ordinal)]
        if key.form == ValueKey.Form.address, let v4 = key.address.v4 {
            DecimalText.append(UInt64(v4), to: &out)
        } else if key.form == ValueKey.Form.text {
            JSONText.append(texts.arena.span, texts.range(key.text), to: &out)
        } else {
            out.append(0x22)
            appendText(ordinal, to: &out)
            out.append(0x22)
        }
    }

    /// The number that stands for a value in JSON, or `nil` where it is a string: see `appendJSON`.
    @inline(__always)
    package func jsonNumber(_ ordinal: UInt32) -> UInt64? {
        let key = keys[Int(ordinal)]
        guard key.form == ValueKey.Form.address, key.high == 0, key.low >> 32 == 0xFFFF else { return nil }
        return key.low & 0xFFFF_FFFF
    }

    private func appendNumber(_ key: ValueKey, to out: inout [UInt8]) {
        switch Dimension(rawValue: key.dimension) {
        case .tlsVersion:
            out.append(contentsOf: (TLSVersion(rawValue: key.number)?.name ?? "unknown").utf8)
        case .status where key.number == 0: out.append(contentsOf: "000".utf8)
        default: DecimalText.append(UInt64(key.number), to: &out)
        }
    }

    private static func append(_ address: IPAddress, to out: inout [UInt8]) {
        guard let v4 = address.v4 else {
            out.append(contentsOf: address.description.utf8)
            return
        }
        DecimalText.append(UInt64(v4 >> 24), to: &out)
        out.append(0x2E)
        DecimalText.append(UInt64(v4 >> 16 & 255), to: &out)
        out.append(0x2E)
        DecimalText.append(UInt64(v4 >> 8 & 255), to: &out)
        out.append(0x2E)
        DecimalText.append(UInt64(v4 & 255), to: &out)
    }

    // MARK: - What was printed

    /// Returns the ordinal of a value as `appendText` prints it.
    package mutating func ordinal(printed bytes: Span<UInt8>, _ range: Range<Int>, _ dimension: Dimension) -> UInt32 {
        if range.count == Self.otherName.utf8.count, bytes[range.lowerBound] == 0x28,
            ValueText.matches(Self.otherName, bytes, range)
        {
            return other(dimension.rawValue)
        }
        switch dimension {
        case .client, .clientNetwork:
            if let address = IPAddress.parse(bytes, range) { return ordinal(address, dimension) }
        case .target:
            if let endpoint = Endpoint.parse(bytes, range) { return ordinal(endpoint, dimension) }
        case .targetPort, .status:
            if let number = DecimalText.parse(bytes, range) { return ordinal(number, dimension) }
        case .tlsVersion:
            for version in TLSVersion.allCases where ValueText.matches(version.name, bytes, range) {
                return ordinal(version.rawValue, dimension)
            }
        default: break
        }
        return ordinal(bytes, range, dimension)
    }
}
