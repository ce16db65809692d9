import ForensicsModel
import Foundation

#if MaxMind
    import CMaxMind
#endif

/// Files that say whose network an address belongs to and in which country it is: MaxMind DB (`.mmdb`), as GeoLite2,
/// DB-IP and IPinfo give them out. Read with libmaxminddb; addresses of a client are looked up when a question is asked.
struct AddressDatabases {
    private let files: [AddressDatabase]

    /// Opens the files.
    init(_ paths: [String]) throws(ForensicsError) {
        var files: [AddressDatabase] = []
        for path in paths { files.append(try AddressDatabase(path)) }
        self.files = files
    }

    /// What follows from a client's address: the first file that knows an address names it.
    ///
    /// Empty without files, so that the dimensions do not occur at all.
    var dimensions: [ForensicsModel.Dimension: (IPAddress) -> String?] {
        guard !files.isEmpty else { return [:] }
        return [
            .asn: { address in files.lazy.compactMap { $0.autonomousSystem(of: address) }.first },
            .country: { address in files.lazy.compactMap { $0.country(of: address) }.first },
        ]
    }
}

/// One open file. The names are those of GeoLite2 ASN and Country; DB-IP uses the same, IPinfo plain texts.
@safe final class AddressDatabase {
    #if MaxMind
        // Held by address for as long as the file is open: libmaxminddb reads its own record.
        private let handle = UnsafeMutablePointer<MMDB_s>.allocate(capacity: 1)
        private var isOpen = false

        init(_ path: String) throws(ForensicsError) {
            guard FileManager.default.fileExists(atPath: path) else {
                throw ForensicsError(.noInput, "\(path): does not exist; name a MaxMind DB file for --mmdb.")
            }
            // SAFETY: the record at `handle` is this object's, filled here and freed in `deinit`; what the library says is a C
            // string of its own, copied at once.
            let status = unsafe MMDB_open(path, UInt32(MMDB_MODE_MMAP), handle)
            guard status == MMDB_SUCCESS else {
                let reason = unsafe String(cString: MMDB_strerror(status))
                throw ForensicsError(.data, "\(path): is no MaxMind DB (\(reason)); check what --mmdb names.")
            }
            isOpen = true
        }

        deinit {
            if isOpen { unsafe MMDB_close(handle) }
            unsafe handle.deallocate()
        }

        /// The number and the name of the network that announces the address: `AS64496 Example Org`.
        func autonomousSystem(of address: IPAddress) -> String? {
            if let number = value(of: address, ["autonomous_system_number"]) {
                let name = value(of: address, ["autonomous_system_organization"])
                return name.map { "AS\(number) \($0)" } ?? "AS\(number)"
            }
            guard let number = value(of: address, ["asn"]) else { return nil }
            return value(of: address, ["as_name"]).map { "\(number) \($0)" } ?? number
        }

        /// The two letters of the country (ISO 3166-1).
        func country(of address: IPAddress) -> String? {
            let paths = [["country", "iso_code"], ["registered_country", "iso_code"], ["country_code"], ["country"]]
            return paths.lazy.compactMap { self.value(of: address, $0) }.first
        }

        /// Reads a text or a number of the address's record; `nil` where the path leads to neither.
        private func value(of address: IPAddress, _ path: [String]) -> String? {
            var failure: Int32 = 0
            var lookup: Int32 = 0
            // SAFETY: the text is bridged for the call; what is found points into the mapped file, which stays open as long as
            // this object, and is copied with the size that the library gives.
            var result = unsafe MMDB_lookup_string(handle, address.description, &lookup, &failure)
            guard lookup == 0, failure == MMDB_SUCCESS, unsafe result.found_entry else { return nil }
            var data = unsafe MMDB_entry_data_s()
            // The library takes a list of C strings that ends with a null pointer.
            var names = unsafe path.map { unsafe UnsafePointer<CChar>(strdup($0)) }
            defer { unsafe names.forEach { unsafe free(UnsafeMutablePointer(mutating: $0)) } }
            unsafe names.append(nil)
            let status = unsafe MMDB_aget_value(&result.entry, &data, names)
            guard status == MMDB_SUCCESS, unsafe data.has_data else { return nil }
            switch unsafe Int32(data.type) {
            case MMDB_DATA_TYPE_UTF8_STRING:
                let bytes = unsafe UnsafeRawBufferPointer(start: data.utf8_string, count: Int(data.data_size))
                return unsafe String(decoding: bytes, as: UTF8.self)
            case MMDB_DATA_TYPE_UINT16: return unsafe String(data.uint16)
            case MMDB_DATA_TYPE_UINT32: return unsafe String(data.uint32)
            default: return nil
            }
        }
    #else
        init(_ path: String) throws(ForensicsError) {
            throw ForensicsError(
                .usage,
                "--mmdb \(path): this binary was built without libmaxminddb; install libmaxminddb-dev and build it again."
            )
        }

        func autonomousSystem(of address: IPAddress) -> String? { nil }
        func country(of address: IPAddress) -> String? { nil }
    #endif
}
