import CPcap
package import ForensicsModel
import Foundation

/// What an interface is opened with.
package struct InterfaceOptions: Sendable {
    /// Name, or `nil` for the interface of the default route.
    package var name: String?
    /// Bytes of a packet that are captured.
    package var snapLength = 262_144
    /// Bytes of the kernel's ring.
    package var bufferSize = 16 << 20
    package var isPromiscuous = true
    /// An expression of pcap-filter(7).
    package var filter: String?
    /// Addresses whose packets stay outside.
    package var ignored: [IPNetwork] = []
    package var sample = FlowSample.all

    package init() {}
}

/// A network interface that is being read through libpcap (TPACKET_V3 on Linux), with time stamps in nanoseconds.
///
/// One thread reads it. The kernel filters; what it hands over is copied once, into a batch's buffer.
@safe package final class LiveInterface {
    /// Counters since the interface was opened.
    package struct Statistics: Sendable, Equatable {
        /// Packets that passed the filter.
        package var received: UInt64 = 0
        /// Of those, packets that the kernel's ring had no room for, or still held when the interface went away.
        package var dropped: UInt64 = 0
        /// Packets that the network card or its driver dropped.
        package var interfaceDropped: UInt64 = 0

        package init() {}

        /// What was counted since an earlier state of the same counters.
        package func since(_ earlier: Statistics) -> Statistics {
            var result = self
            result.received -= min(received, earlier.received)
            result.dropped -= min(dropped, earlier.dropped)
            result.interfaceDropped -= min(interfaceDropped, earlier.interfaceDropped)
            return result
        }
    }

    package let name: String
    /// The LINKTYPE_ value of its frames.
    package let linkType: UInt16
    private let handle: OpaquePointer
    private let collector = Collector()
    private var counters = Statistics()
    /// Whether the kernel runs the filter, so that it counts no packets but those that pass.
    private let isFilteredByKernel: Bool
    /// Packets that the kernel counted before the filter was set.
    private var countedBefore: UInt64 = 0
    private var raw = (received: UInt32(0), dropped: UInt32(0), interface: UInt32(0))

    /// What the callback of libpcap fills.
    private final class Collector {
        var batch = FrameBatch()
        var record: UInt32 = 0
        /// Packets since the interface was opened.
        var taken: UInt64 = 0
        var linkType: UInt16 = 0
        var offset: UInt64 = 0

        func take(_ header: pcap_pkthdr, _ bytes: UnsafePointer<UInt8>) {
            let length = Int(header.caplen)
            let position = batch.bytes.count
            unsafe batch.bytes.append(contentsOf: UnsafeBufferPointer(start: bytes, count: length))
            record &+= 1
            taken &+= 1
            // The handle's precision is nanoseconds: that is what the field's microseconds then hold.
            let time = Int64(header.ts.tv_sec) &* 1_000_000_000 &+ Int64(header.ts.tv_usec)
            batch.frames.append(
                FrameHeader(
                    position: position, capturedLength: length, originalLength: Int(header.len),
                    time: Timestamp(nanoseconds: time), record: record, offset: offset, linkType: linkType,
                    interface: 0, captureDirection: 0))
            offset &+= UInt64(length)
        }
    }

    /// Opens an interface and starts capturing.
    package init(_ options: InterfaceOptions) throws(CaptureError) {
        guard let name = options.name ?? NetworkInterfaces.ofDefaultRoute() else {
            throw CaptureError(
                .noSuchInterface, "there is no default route; name an interface with -i: \(Self.namesOfAll()).")
        }
        self.name = name
        let handle = try unsafe Self.activate(name, options)
        let length: Int
        do throws(CaptureError) {
            linkType = try unsafe Self.linkType(of: handle, name)
            length = try unsafe Self.setFilter(handle, linkType, options)
        } catch {
            unsafe pcap_close(handle)
            throw error
        }
        unsafe self.handle = unsafe handle
        isFilteredByKernel = length <= Self.longestKernelFilter
        collector.linkType = linkType
        if length > 0 {
            let before = statistics()
            countedBefore = before.received - before.dropped
        }
    }

    /// Instructions of a filter that the kernel runs: BPF_MAXINSNS. libpcap runs longer ones itself.
    private static let longestKernelFilter = 4096

    // SAFETY: here and below the handle is that of `activate`, which nobody else holds and which is closed here alone.
    deinit { unsafe pcap_close(handle) }

    private static func activate(_ name: String, _ options: InterfaceOptions) throws(CaptureError) -> OpaquePointer {
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        // SAFETY: the buffer of the message has the size that libpcap asks for, and what it says ends with a 0; a handle that is
        // not returned is closed.
        guard let handle = unsafe pcap_create(name, &message) else {
            throw CaptureError(
                .system,
                "\(name): \(String(decoding: message.map(UInt8.init(bitPattern:)).prefix { $0 != 0 }, as: UTF8.self)); "
                    + "name another interface with -i.")
        }
        unsafe pcap_set_snaplen(handle, Int32(clamping: options.snapLength))
        unsafe pcap_set_promisc(handle, options.isPromiscuous ? 1 : 0)
        // Blocks are handed over when full, or after this many milliseconds: few wake-ups, and no old news.
        unsafe pcap_set_timeout(handle, 100)
        unsafe pcap_set_immediate_mode(handle, 0)
        unsafe pcap_set_buffer_size(handle, Int32(clamping: options.bufferSize))
        unsafe pcap_set_tstamp_precision(handle, PCAP_TSTAMP_PRECISION_NANO)
        let status = unsafe pcap_activate(handle)
        if status < 0 {
            let reason = unsafe String(cString: pcap_geterr(handle))
            unsafe pcap_close(handle)
            throw error(status, name, reason)
        }
        if unsafe pcap_setnonblock(handle, 1, &message) != 0 {
            unsafe pcap_close(handle)
            throw CaptureError(.system, "\(name): cannot be polled; name another interface with -i.")
        }
        return unsafe handle
    }

    private static func error(_ status: Int32, _ name: String, _ reason: String) -> CaptureError {
        switch status {
        case PCAP_ERROR_PERM_DENIED, PCAP_ERROR_PROMISC_PERM_DENIED:
            return CaptureError(
                .permission,
                "\(name): no permission to capture; run it as root, or give the program the right once: "
                    + "`sudo setcap cap_net_raw+ep $(command -v lbforensics)`.")
        case PCAP_ERROR_NO_SUCH_DEVICE:
            return CaptureError(.noSuchInterface, "\(name): no such interface; there are \(namesOfAll()).")
        case PCAP_ERROR_IFACE_NOT_UP:
            return CaptureError(
                .interfaceDown, "\(name): the interface is down; `ip link set \(name) up` brings it up.")
        default:
            // Some kernels say so in words alone.
            if !NetworkInterfaces.all().contains(where: { $0.name == name }), geteuid() == 0 {
                return CaptureError(.noSuchInterface, "\(name): no such interface; there are \(namesOfAll()).")
            }
            return CaptureError(
                .system,
                "\(name): cannot be opened (\(reason.isEmpty ? "\(status)" : reason)); see `ip link show \(name)`.")
        }
    }

    private static func namesOfAll() -> String {
        let entries = NetworkInterfaces.all()
        if entries.isEmpty { return "none that this user may see" }
        return entries.map { $0.isUp ? $0.name : "\($0.name) (down)" }.joined(separator: ", ")
    }

    private static func linkType(of handle: OpaquePointer, _ name: String) throws(CaptureError) -> UInt16 {
        let value = unsafe pcap_datalink(handle)
        // libpcap's own numbers differ from those of files for raw IP alone.
        let type = value == 12 || value == 14 ? 101 : UInt16(clamping: value)
        guard FlowSample.LinkLayout(linkType: type) != nil else {
            throw CaptureError(
                .badFilter, "\(name): its link type \(value) is not decoded; use an Ethernet interface.")
        }
        return type
    }

    /// - Returns: how many instructions the filter has.
    private static func setFilter(
        _ handle: OpaquePointer, _ linkType: UInt16, _ options: InterfaceOptions
    ) throws(CaptureError) -> Int {
        var program: BPFProgram?
        if let expression = CaptureFilter.expression(options.filter, ignoring: options.ignored) {
            program = try unsafe CaptureFilter.compile(expression, handle)
        }
        if options.sample.rate > 1, let sampling = SamplingProgram.program(options.sample, linkType: linkType) {
            program = program?.joined(with: sampling) ?? sampling
        }
        guard let program else { return 0 }
        let status = unsafe CaptureFilter.withProgram(program) { unsafe pcap_setfilter(handle, $0) }
        guard status == 0 else {
            throw CaptureError(
                .badFilter, "--filter: is refused (\(unsafe String(cString: pcap_geterr(handle)))); make it shorter.")
        }
        return program.instructions.count
    }

    /// Whether the system says that the interface is up and has a link; also where it cannot tell.
    package var isRunning: Bool { NetworkInterfaces.isRunning(name) }

    // MARK: Reading

    /// The number of the last packet, from 1.
    package var lastRecord: UInt32 { collector.record }

    /// Begins to count packets from 1 again: a new source.
    package func restartRecords() {
        collector.record = 0
        collector.offset = 0
    }

    /// Waits for packets and takes those that are there.
    ///
    /// - Parameters:
    ///   - buffer: memory to use for the bytes.
    ///   - frames: memory to use for the frames.
    ///   - limit: packets to take at most.
    ///   - milliseconds: how long to wait for the first.
    /// - Returns: the frames in order of capture; none if the time went by, or a signal came.
    package func read(
        into buffer: consuming [UInt8], _ frames: consuming [FrameHeader], limit: Int, waiting milliseconds: Int32
    ) throws(CaptureError) -> FrameBatch {
        var buffer = buffer
        buffer.removeAll(keepingCapacity: true)
        collector.batch = FrameBatch()
        collector.batch.bytes = buffer
        buffer = []
        var frames = frames
        frames.removeAll(keepingCapacity: true)
        collector.batch.frames = frames
        frames = []
        try take(limit)
        if collector.batch.frames.isEmpty, wait(milliseconds) { try take(limit) }
        let batch = collector.batch
        collector.batch = FrameBatch()
        return batch
    }

    /// - Returns: whether there may be something to read.
    private func wait(_ milliseconds: Int32) -> Bool {
        // SAFETY: one local record is handed to poll, with its count.
        var descriptor = pollfd(
            fd: unsafe pcap_get_selectable_fd(handle), events: Int16(truncatingIfNeeded: POLLIN), revents: 0)
        return unsafe poll(&descriptor, 1, milliseconds) > 0
    }

    private func take(_ limit: Int) throws(CaptureError) {
        // SAFETY: the collector outlives the call, which calls back on this thread alone; header and bytes are libpcap's for the
        // callback, `caplen` bytes long, and are copied there.
        let user = unsafe Unmanaged.passUnretained(collector).toOpaque().assumingMemoryBound(to: UInt8.self)
        let status = unsafe pcap_dispatch(
            handle, Int32(clamping: limit),
            { user, header, bytes in
                guard let user = unsafe user, let header = unsafe header, let bytes = unsafe bytes else { return }
                unsafe Unmanaged<Collector>.fromOpaque(user).takeUnretainedValue().take(unsafe header.pointee, bytes)
            }, user)
        guard status < 0, status != PCAP_ERROR_BREAK else { return }
        let reason = unsafe String(cString: pcap_geterr(handle))
        dropRest()
        throw CaptureError(.system, "\(name): went away or down (\(reason)); start the capture again when it is back.")
    }

    /// Counts what the kernel's ring still holds as dropped: libpcap hands over no more once the interface is gone.
    private func dropRest() {
        guard isFilteredByKernel else { return }
        let now = statistics()
        let handedOver = countedBefore + collector.taken + now.dropped
        counters.dropped += now.received - min(now.received, handedOver)
    }

    /// Reads the kernel's counters.
    package func statistics() -> Statistics {
        var now = pcap_stat()
        // SAFETY: libpcap fills the local record.
        guard unsafe pcap_stats(handle, &now) == 0 else { return counters }
        // The kernel's numbers have 32 bits and wrap.
        counters.received += UInt64(now.ps_recv &- raw.received)
        counters.dropped += UInt64(now.ps_drop &- raw.dropped)
        counters.interfaceDropped += UInt64(now.ps_ifdrop &- raw.interface)
        raw = (now.ps_recv, now.ps_drop, now.ps_ifdrop)
        return counters
    }
}
