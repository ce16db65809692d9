import ForensicsCompare
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

    /// What the lookups so far say against an answer.
    ///
    /// - Parameter dimensions: what is asked for; one of them is enough.
    /// - Returns: lines for the user, and whether the files cannot answer, rather than not know these addresses.
    func shortcomings(of dimensions: [ForensicsModel.Dimension]) -> (texts: [String], areUnable: Bool) {
        func sum(_ count: KeyPath<AddressDatabase.Tally, Int>, _ file: AddressDatabase) -> Int {
            dimensions.reduce(0) { $0 + (file.tallies[$1]?[keyPath: count] ?? 0) }
        }
        var texts = files.compactMap { file in
            let damaged = sum(\.damaged, file)
            return damaged == 0
                ? nil
                : "\(file.path): is damaged, \(NumberText.grouped(Int64(damaged))) of "
                    + "\(NumberText.grouped(Int64(sum(\.lookups, file)))) look-ups failed (\(file.damage)); what it tells of those "
                    + "addresses is left out. Get the file again."
        }
        let isUnnamed = files.allSatisfy { sum(\.named, $0) == 0 } && files.contains { sum(\.lookups, $0) > 0 }
        var areUnable = isUnnamed && !texts.isEmpty
        if isUnnamed, !areUnable {
            let words = dimensions.map { $0 == .asn ? "networks (ASN)" : "countries" }.joined(separator: " or ")
            let known = files.filter { sum(\.known, $0) > 0 }
            areUnable = !known.isEmpty
            texts += known.map { "\($0.path): tells no \(words), it is of the type \($0.type); name another --mmdb." }
            if known.isEmpty {
                let names = files.map(\.path).joined(separator: ", ")
                texts.append("\(names): \(files.count == 1 ? "knows" : "know") none of the addresses looked up.")
            }
        }
        return (texts, areUnable)
    }
}

/// One open file. The names are those of GeoLite2 ASN and Country; DB-IP uses the same, IPinfo plain texts.
@safe final class AddressDatabase {
    /// What looking addresses up came to.
    struct Tally {
        var lookups = 0
        /// Those of which the file has a record.
        var known = 0
        /// Those of which the record tells what was asked.
        var named = 0
        /// Those at which the file makes no sense.
        var damaged = 0
    }

    let path: String
    private(set) var tallies: [ForensicsModel.Dimension: Tally] = [:]
    /// How the library tells what was met first of damage.
    private(set) var damage = ""

    #if MaxMind
        /// What the file calls its kind, as `GeoLite2-ASN`.
        let type: String
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
            self.path = path
            type = unsafe handle.pointee.metadata.database_type.map { unsafe String(cString: $0) } ?? "unknown"
        }

        deinit {
            if isOpen { unsafe MMDB_close(handle) }
            unsafe handle.deallocate()
        }

        /// The number and the name of the network that announces the address: `AS64496 Example Org`.
        func autonomousSystem(of address: IPAddress) -> String? {
            named(.asn, address) { record in
                if let number = value(of: record, ["autonomous_system_number"]) {
                    let name = value(of: record, ["autonomous_system_organization"])
                    return name.map { "AS\(number) \($0)" } ?? "AS\(number)"
                }
                guard let number = value(of: record, ["asn"]) else { return nil }
                return [["as_name"], ["name"]].lazy.compactMap { self.value(of: record, $0) }.first
                    .map { "\(number) \($0)" } ?? number
            }
        }

        /// The two letters of the country (ISO 3166-1).
        func country(of address: IPAddress) -> String? {
            named(.country, address) { record in
                let paths = [
                    ["country", "iso_code"], ["registered_country", "iso_code"], ["country_code"], ["country"],
                ]
                return paths.lazy.compactMap { self.value(of: record, $0) }.first
            }
        }

        /// Where the file has what it knows of an address: points into the mapped file, which stays open as long as its owner.
        @safe private struct Record {
            let entry: MMDB_entry_s
        }

        /// Looks an address up, and counts what comes of it.
        private func named(
            _ dimension: ForensicsModel.Dimension, _ address: IPAddress, _ name: (Record) -> String?
        ) -> String? {
            let damagedBefore = failures
            let record = record(of: address)
            let result = record.flatMap(name)
            var tally = tallies[dimension] ?? Tally()
            tally.lookups += 1
            if record != nil { tally.known += 1 }
            if result != nil { tally.named += 1 }
            if failures > damagedBefore { tally.damaged += 1 }
            tallies[dimension] = tally
            return result
        }

        /// The record of an address; `nil` where the file knows nothing.
        private func record(of address: IPAddress) -> Record? {
            var failure: Int32 = 0
            var lookup: Int32 = 0
            // SAFETY: the text is bridged for the call; what is found points into the mapped file, which stays open as long as
            // this object.
            let result = unsafe MMDB_lookup_string(handle, address.description, &lookup, &failure)
            guard lookup == 0 else { return nil }
            guard failure == MMDB_SUCCESS else {
                // A file of IPv4 alone knows no other address.
                if failure != MMDB_IPV6_LOOKUP_IN_IPV4_DATABASE_ERROR { note(failure) }
                return nil
            }
            return unsafe result.found_entry ? Record(entry: result.entry) : nil
        }

        /// How often the file made no sense.
        private var failures = 0

        private func note(_ failure: Int32) {
            failures += 1
            // SAFETY: what the library says is a C string of its own, copied at once.
            if damage.isEmpty { damage = unsafe String(cString: MMDB_strerror(failure)) }
        }

        /// Reads a text or a number of a record; `nil` where the path leads to neither.
        private func value(of record: Record, _ path: [String]) -> String? {
            var entry = unsafe record.entry
            var data = unsafe MMDB_entry_data_s()
            // The library takes a list of C strings that ends with a null pointer.
            var names = unsafe path.map { unsafe UnsafePointer<CChar>(strdup($0)) }
            defer { unsafe names.forEach { unsafe free(UnsafeMutablePointer(mutating: $0)) } }
            unsafe names.append(nil)
            // SAFETY: the record points into the mapped file, as what is found in it, which is copied with the size that the
            // library gives.
            let status = unsafe MMDB_aget_value(&entry, &data, names)
            guard status == MMDB_SUCCESS else {
                // That the record has nothing under these names is no damage.
                let isAbsent = [MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR, MMDB_INVALID_LOOKUP_PATH_ERROR].contains(
                    status)
                if !isAbsent { note(status) }
                return nil
            }
            guard unsafe data.has_data else { return nil }
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
        let type = ""

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
