#if Cloud
    import Foundation
    import Synchronization

    /// Lists and fetches objects. Amazon S3 API: ListObjectsV2, GetObject.
    package final class S3Client: Sendable {
        /// Where and how objects are asked for.
        package struct Options: Sendable {
            package var region: String
            /// `nil` for AWS itself; else the base URL of another service with the same API, addressed by path.
            package var endpoint: String?
            /// Whether requests say that the user pays for them. AWS header: x-amz-request-payer.
            package var paysForRequests: Bool
            package var retry = RetryPolicy()

            package init(region: String, endpoint: String?, paysForRequests: Bool) {
                self.region = region
                self.endpoint = endpoint.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
                self.paysForRequests = paysForRequests
            }
        }

        private let connection: SignedConnection
        private let options: Options
        private let isStopped: @Sendable () -> Bool
        /// Buckets that lie in another region than the one asked for.
        private let regions = Mutex<[String: String]>([:])

        /// - Parameter isStopped: looked at between tries.
        package init(
            connection: SignedConnection, options: Options, isStopped: @escaping @Sendable () -> Bool = { false }
        ) {
            self.connection = connection
            self.options = options
            self.isStopped = isStopped
        }

        /// One object of a listing.
        package struct Object: Sendable, Equatable {
            package var key: String
            /// Bytes.
            package var size: Int64
            /// The entity tag, in its quotes: another one means other content.
            package var tag: String

            package init(key: String, size: Int64, tag: String) {
                self.key = key
                self.size = size
                self.tag = tag
            }
        }

        /// One page of a listing.
        package struct Page: Sendable, Equatable {
            package var objects: [Object] = []
            /// Common prefixes up to the delimiter.
            package var folders: [String] = []
            var nextToken: String?
        }

        /// Hands out every object whose key begins with the location's, in key order, page by page.
        ///
        /// - Parameter delimiter: keys that hold it behind the prefix are folded into folders; `nil` for none.
        package func list(
            _ location: S3Location, delimiter: String? = nil, page: (Page) -> Void
        ) throws(CloudError) {
            var token: String?
            repeat {
                var query = [
                    (name: "list-type", value: "2"), (name: "prefix", value: location.key),
                    (name: "encoding-type", value: "url"), (name: "max-keys", value: "1000"),
                ]
                if let delimiter { query.append((name: "delimiter", value: delimiter)) }
                if let token { query.append((name: "continuation-token", value: token)) }
                let next = try retrying(location) { () throws(CloudError) -> Try<Page> in
                    let answer = try ask(location.bucket, key: "", query: query, headers: [])
                    guard answer.status == 200 else { return try refused(answer, location, action: "s3:ListBucket") }
                    // S3 may send XML that breaks off with status 200.
                    guard let page = ListingParser.parse(answer.body), answer.breakReason == nil else {
                        return .again(
                            CloudError(
                                .malformed, location.description, problem: "the listing is not what S3 promises",
                                remedy: "check --endpoint-url"))
                    }
                    return .done(page)
                }
                page(next)
                token = next.nextToken
            } while token != nil
        }

        /// Returns bytes of an object.
        ///
        /// A transfer that breaks is taken up where it broke.
        ///
        /// - Parameter tag: what the object's entity tag must be; `nil` for whatever is there.
        /// - Throws: `CloudError.changed` if the object is another one now.
        package func get(
            _ location: S3Location, range: Range<Int64>, tag: String?
        ) throws(CloudError) -> [UInt8] {
            var bytes: [UInt8] = []
            if range.isEmpty { return bytes }
            let wanted = range.count
            var rounds = 0
            while true {
                let from = range.lowerBound + Int64(bytes.count)
                var headers = [(name: "range", value: "bytes=\(from)-\(range.upperBound - 1)")]
                if let tag { headers.append((name: "if-match", value: tag)) }
                let answer = try retrying(location) { () throws(CloudError) -> Try<HTTPTransport.Answer> in
                    let answer = try ask(location.bucket, key: location.key, query: [], headers: headers)
                    switch answer.status {
                    case 206 where !answer.body.isEmpty || answer.breakReason == nil: return .done(answer)
                    case 200 where answer.breakReason == nil: return .done(answer)
                    case 200, 206:
                        return .again(
                            CloudError(
                                .unavailable, location.description,
                                problem: "the transfer broke (\(answer.breakReason ?? "empty"))",
                                remedy: "run the command again"))
                    case 412, 416: throw Self.changed(location)
                    default: return try refused(answer, location, action: "s3:GetObject")
                    }
                }
                // A server that knows no ranges sends everything.
                let skipped = answer.status == 200 ? Int(from) : 0
                guard answer.body.count >= skipped else { throw Self.changed(location) }
                let rest = answer.body[skipped...].prefix(wanted - bytes.count)
                if bytes.isEmpty, skipped == 0, rest.count == answer.body.count {
                    bytes = answer.body
                } else {
                    bytes.append(contentsOf: rest)
                }
                if bytes.count == wanted { return bytes }
                if answer.breakReason == nil { throw Self.changed(location) }
                rounds += 1
                if rounds > 64 {
                    throw CloudError(
                        .unavailable, location.description, problem: "the transfer broke \(rounds) times",
                        remedy: "run the command again")
                }
                RetryPolicy.wait(options.retry.delay(after: 1, subject: location.key), isStopped: isStopped)
            }
        }

        private static func changed(_ location: S3Location) -> CloudError {
            CloudError(
                .changed, location.description, problem: "was replaced while it was read",
                remedy: "run the command again")
        }

        // MARK: - One request

        private enum Try<Value: Sendable>: Sendable {
            case done(Value)
            case again(CloudError)
        }

        /// Tries until it is done, with growing waits.
        private func retrying<Value>(
            _ location: S3Location, _ body: () throws(CloudError) -> Try<Value>
        ) throws(CloudError) -> Value {
            var failures = 0
            while true {
                if isStopped() {
                    throw CloudError(.stopped, location.description, problem: "stopped", remedy: "run again to go on")
                }
                var failure: CloudError
                do throws(CloudError) {
                    switch try body() {
                    case .done(let value): return value
                    case .again(let error): failure = error
                    }
                } catch {
                    // No answer at all may pass as well; everything else is as it is.
                    guard error.code == .unavailable else { throw error }
                    failure = error
                    failure.subject = location.description
                }
                failures += 1
                if failures >= options.retry.attempts { throw failure }
                RetryPolicy.wait(
                    options.retry.delay(after: failures, subject: location.description), isStopped: isStopped)
            }
        }

        /// What an answer that is not the object means.
        private func refused<Value>(
            _ answer: HTTPTransport.Answer, _ location: S3Location, action: String
        ) throws(CloudError) -> Try<Value> {
            let refusal = ServiceRefusal(answer)
            if let region = answer.headers["x-amz-bucket-region"], region != self.region(of: location.bucket) {
                regions.withLock { $0[location.bucket] = region }
                return .again(
                    CloudError(
                        .malformed, location.description, problem: "lies in region \(region)",
                        remedy: "name it with --region"))
            }
            if refusal.isTemporary { return .again(refusal.error(location.description, action: action)) }
            var error = refusal.error(location.description, action: action)
            switch refusal.code {
            case "InvalidObjectState":
                error.problem = "lies in an archive (\(refusal.code))"
                error.remedy = "restore it first"
            case "NoSuchBucket": error.problem = "there is no such bucket"
            case _ where refusal.isDenial && !options.paysForRequests && !refusal.isAboutCredentials:
                error.remedy += ", or pay for the requests with --requester-pays if the bucket asks for that"
            default: break
            }
            throw error
        }

        private func region(of bucket: String) -> String {
            regions.withLock { $0[bucket] } ?? options.region
        }

        private func ask(
            _ bucket: String, key: String, query: [(name: String, value: String)],
            headers: [(name: String, value: String)]
        ) throws(CloudError) -> HTTPTransport.Answer {
            let region = region(of: bucket)
            let domain = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
            // A bucket with dots in its name has no certificate of its own host name.
            let isInPath = options.endpoint != nil || bucket.contains(".")
            let host = isInPath ? "https://s3.\(region).\(domain)" : "https://\(bucket).s3.\(region).\(domain)"
            var headers = headers
            if options.paysForRequests { headers.append((name: "x-amz-request-payer", value: "requester")) }
            return try connection.send(
                SignedConnection.Request(
                    method: "GET", base: options.endpoint ?? host, path: isInPath ? "/\(bucket)/\(key)" : "/\(key)",
                    query: query, headers: headers, service: "s3", region: region))
        }
    }
#endif
