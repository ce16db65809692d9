import ForensicsIngest
import ForensicsModel
import Foundation

#if Cloud
    import ForensicsCloud

    /// Objects of S3: listed, and read in pieces.
    final class RemoteAccess: ObjectStorage {
        private let session: AWSSession
        private let client: S3Client
        private let end = StopFlag()

        /// - Parameter stop: looked at between tries.
        init(_ options: CloudOptions, stop: StopFlag) throws(ForensicsError) {
            let environment = ProcessInfo.processInfo.environment
            session = AWSSession(
                environment: environment, profile: options.profile, region: options.region, endpoint: options.endpoint,
                connections: DownloadPool.threadCount,
                now: { Int64(Date().timeIntervalSince1970) })
            client = S3Client(
                connection: session.connection,
                options: S3Client.Options(
                    region: session.region, endpoint: session.endpoint(service: "S3"),
                    paysForRequests: options.paysForRequests),
                isStopped: { [end] in stop.isRequested || end.isRequested })
        }

        /// Ends every request.
        func close() {
            end.request()
            session.close()
        }

        func read(_ object: RemoteObject, _ range: Range<UInt64>) throws(IngestError) -> [UInt8] {
            guard let location = S3Location(object.path) else { return [] }
            do throws(CloudError) {
                let range = Int64(clamping: range.lowerBound)..<Int64(clamping: range.upperBound)
                return try client.get(location, range: range, tag: object.tag.isEmpty ? nil : object.tag)
            } catch {
                throw IngestError(error)
            }
        }

        /// Lists what the arguments name; folders of a log bucket that lie outside of the window are passed over.
        ///
        /// - Parameter found: takes how many objects and bytes were listed since the last call.
        func list(
            _ arguments: [String], window: TimeWindow?, found: (_ objects: Int, _ bytes: Int64) -> Void = { _, _ in }
        ) -> RemoteListing {
            var listing = RemoteListing()
            for argument in arguments.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
                guard let location = S3Location(argument) else {
                    listing.problems.append(
                        ForensicsError(.usage, "\(argument): is no s3://bucket/prefix; check the bucket's name."))
                    continue
                }
                do throws(CloudError) {
                    let pruned = listing.prunedFolders
                    var objects: [RemoteObject] = []
                    try walk(location, window, depth: 0, &listing) { page in
                        objects += page.map { object in
                            RemoteObject(
                                path: "s3://\(location.bucket)/\(object.key)", size: UInt64(clamping: object.size),
                                tag: object.tag)
                        }
                        found(page.count, page.reduce(0) { $0 + $1.size })
                    }
                    if objects.isEmpty, pruned == listing.prunedFolders {
                        throw CloudError(
                            .notFound, argument, problem: "holds no object", remedy: "check the bucket and the prefix")
                    }
                    listing.add(objects, prefix: location.description)
                } catch {
                    listing.problems.append(ForensicsError(error))
                }
            }
            listing.finish()
            return listing
        }

        private func walk(
            _ location: S3Location, _ window: TimeWindow?, depth: Int, _ listing: inout RemoteListing,
            _ take: ([S3Client.Object]) -> Void
        ) throws(CloudError) {
            let step = window.map { LogFolder.step(below: location.key, window: $0, depth: depth) } ?? .all
            switch step {
            case .nothing: listing.prunedFolders += 1
            case .all: try client.list(location) { take($0.objects) }
            case .folders:
                var folders: [String] = []
                try client.list(location, delimiter: "/") { page in
                    take(page.objects)
                    folders += page.folders
                }
                // So many folders are no log bucket's.
                if folders.count > 256, !location.key.contains("AWSLogs/") {
                    try client.list(location) { take($0.objects) }
                    return
                }
                for folder in folders {
                    let below = S3Location(bucket: location.bucket, key: folder)
                    try walk(below, window, depth: depth + 1, &listing, take)
                }
            }
        }
    }

    extension ForensicsError {
        /// The error of a service, with the status that the command line documents for it.
        init(_ error: CloudError) {
            let code: Code =
                switch error.code {
                case .noCredentials, .accessDenied: .permission
                case .notFound: .noInput
                case .unavailable: .unavailable
                case .malformed, .changed: .data
                case .usage: .usage
                case .stopped: .interrupted
                }
            self.init(code, error.description)
        }
    }

    extension IngestError {
        /// The error of a service, as that of the input that it holds.
        init(_ error: CloudError) {
            let code: Code =
                switch error.code {
                case .noCredentials, .accessDenied: .permissionDenied
                case .notFound: .notFound
                case .unavailable, .stopped: .unavailable
                case .malformed, .changed, .usage: .unusable
                }
            self.init(code, path: error.subject, problem: error.problem, remedy: error.remedy)
        }
    }
#else
    /// Stands for what this program was built without.
    final class RemoteAccess: ObjectStorage {
        init(_ options: CloudOptions, stop: StopFlag) throws(ForensicsError) {
            throw ForensicsError(
                .usage,
                "s3://: this program was built without what talks to AWS; build it with `make build FULL=1`, or copy the "
                    + "objects first (`aws s3 cp --recursive`).")
        }

        func close() {}

        func read(_ object: RemoteObject, _ range: Range<UInt64>) throws(IngestError) -> [UInt8] { [] }

        func list(
            _ arguments: [String], window: TimeWindow?, found: (_ objects: Int, _ bytes: Int64) -> Void = { _, _ in }
        ) -> RemoteListing { RemoteListing() }
    }
#endif
