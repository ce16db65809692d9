import ForensicsDecode
import ForensicsModel

/// What the packets of a batch share.
struct BatchContext {
    let source: UInt32
    let tunnels: [TunnelEvidence]
    let icmpErrors: [ICMPError]

    init(_ batch: PacketBatch) {
        source = batch.source
        tunnels = batch.tunnels
        icmpErrors = batch.icmpErrors
    }

    func tunnel(_ index: Int32) -> TunnelEvidence? {
        index >= 0 && Int(index) < tunnels.count ? tunnels[Int(index)] : nil
    }

    func icmpError(_ index: Int32) -> ICMPError? {
        index >= 0 && Int(index) < icmpErrors.count ? icmpErrors[Int(index)] : nil
    }
}
