import CPcap
package import ForensicsModel

/// Filter expressions and programs in libpcap's hands.
package enum CaptureFilter {
    /// Returns the program of an expression in the language of pcap-filter(7), for frames of a link type.
    package static func compile(_ expression: String, linkType: UInt16) throws(CaptureError) -> BPFProgram {
        // SAFETY: the handle is libpcap's own; it is closed on every way out and not kept.
        guard let handle = unsafe pcap_open_dead(Int32(linkType), 262_144) else {
            throw CaptureError(.system, "--filter: cannot be compiled for lack of memory; free some, or leave it out.")
        }
        defer { unsafe pcap_close(handle) }
        return try unsafe compile(expression, handle)
    }

    static func compile(_ expression: String, _ handle: OpaquePointer) throws(CaptureError) -> BPFProgram {
        // SAFETY: libpcap fills the local program, whose instructions are its own memory until `pcap_freecode`; `bf_len` of them
        // are copied before that. The reason is a string of the handle, copied at once.
        var program = unsafe bpf_program()
        guard unsafe pcap_compile(handle, &program, expression, 1, PCAP_NETMASK_UNKNOWN) == 0 else {
            let reason = unsafe String(cString: pcap_geterr(handle))
            throw CaptureError(
                .badFilter, "--filter '\(expression)': \(reason); see pcap-filter(7), for example 'tcp port 80'.")
        }
        defer { unsafe pcap_freecode(&program) }
        var instructions: [BPFInstruction] = []
        for index in 0..<Int(unsafe program.bf_len) {
            let instruction = unsafe program.bf_insns[index]
            instructions.append(
                BPFInstruction(
                    instruction.code, instruction.k, jumpTrue: instruction.jt, jumpFalse: instruction.jf))
        }
        return BPFProgram(instructions)
    }

    /// What may carry packets of other addresses inside: VXLAN, GENEVE, GRE, IP in IP, and later fragments, which have no ports.
    private static let tunnels =
        "udp port 4789 or udp port 4790 or udp port 8472 or udp port 6081 or proto 47 or proto 4 or proto 41 "
        + "or ip[6:2] & 0x1fff != 0"

    /// The expression that leaves out blocks of addresses, joined with the user's own.
    ///
    /// A sieve before the decoder, which looks into tunnels and second VLAN tags: what may be more than it seems passes.
    package static func expression(_ filter: String?, ignoring networks: [IPNetwork]) -> String? {
        var parts: [String] = []
        if let filter, !filter.allSatisfy(\.isWhitespace) { parts.append("(\(filter))") }
        if !networks.isEmpty {
            parts.append("(not (" + networks.map { "net \($0)" }.joined(separator: " or ") + ") or \(tunnels))")
        }
        return parts.isEmpty ? nil : parts.joined(separator: " and ")
    }

    /// Whether libpcap's own interpreter accepts a frame.
    package static func accepts(_ program: BPFProgram, _ frame: [UInt8]) -> Bool {
        // SAFETY: the header says how many bytes the frame has; libpcap looks at no others and keeps no address.
        unsafe withProgram(program) { (program: UnsafeMutablePointer<bpf_program>) -> Bool in
            var header = pcap_pkthdr()
            header.caplen = UInt32(clamping: frame.count)
            header.len = header.caplen
            return unsafe frame.withUnsafeBufferPointer { bytes in
                guard let base = bytes.baseAddress else { return false }
                return unsafe pcap_offline_filter(program, &header, base) != 0
            }
        }
    }

    /// Lends a program in libpcap's form.
    static func withProgram<Result>(
        _ program: BPFProgram, _ body: (UnsafeMutablePointer<bpf_program>) -> Result
    ) -> Result {
        var instructions = program.instructions.map {
            bpf_insn(code: $0.code, jt: $0.jumpTrue, jf: $0.jumpFalse, k: $0.operand)
        }
        // SAFETY: the program points into the array for as long as the closure runs, with its length.
        return unsafe instructions.withUnsafeMutableBufferPointer { buffer in
            var form = unsafe bpf_program(bf_len: UInt32(clamping: buffer.count), bf_insns: buffer.baseAddress)
            return unsafe body(&form)
        }
    }
}
