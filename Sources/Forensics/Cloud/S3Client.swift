#if Cloud
    import Foundation
    #if canImport(FoundationXML)
        import FoundationXML
    #endif

    /// Lists and fetches objects. Amazon S3 API: ListObjectsV2, GetObject.
    package final class S3Client: Sendable {
        private let credentials: AWSCredentials
        private let region: String
        /// `nil` for AWS itself; else the base URL of another service with the same API, addressed by path.
        private let endpoint: String?
        private let paysForRequests: Bool
        private let transport: HTTPTransport
        private let now: @Sendable () -> Int64

        package init(
            credentials: AWSCredentials, region: String, endpoint: String?, paysForRequests: Bool = false,
            transport: HTTPTransport, now: @escaping @Sendable () -> Int64
        ) {
            self.credentials = credentials
            self.region = region
            self.endpoint = endpoint.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
            self.paysForRequests = paysForRequests
            self.transport = transport
            self.now = now
        }

        /// One object of a listing.
        package struct Object: Sendable, Equatable {
            package var key: String
            package var size: Int64
        }

        /// Returns every object whose key begins with the location's, in key order, over all pages.
        package func list(_ location: S3Location) throws(CloudError) -> [Object] {
            var objects: [Object] = []
            var token: String?
            repeat {
                var query: [(String, String)] = [
                    ("list-type", "2"), ("prefix", location.key), ("encoding-type", "url"), ("max-keys", "1000"),
                ]
                if let token { query.append(("continuation-token", token)) }
                let answer = try perform(
                    location.bucket, key: "", query: query.map { (name: $0.0, value: $0.1) }, action: "s3:ListBucket")
                guard let page = ListingParser.parse(answer.body) else {
                    throw CloudError(
                        .malformed, "\(location): the listing is not what S3 promises; check --endpoint-url.")
                }
                objects += page.objects
                token = page.nextToken
            } while token != nil
            return objects
        }

        /// Returns the bytes of an object.
        package func get(_ location: S3Location) throws(CloudError) -> [UInt8] {
            let answer = try perform(location.bucket, key: location.key, query: [], action: "s3:GetObject")
            if let length = answer.headers["content-length"].flatMap({ Int($0) }), length != answer.body.count {
                throw CloudError(.unavailable, "\(location): the transfer broke; run the command again.")
            }
            return answer.body
        }

        /// Sends a signed GET, again after a moment where the service is busy or the line broke, four times at most.
        private func perform(
            _ bucket: String, key: String, query: [(name: String, value: String)], action: String
        ) throws(CloudError) -> HTTPTransport.Answer {
            var failure = CloudError(.unavailable, "s3://\(bucket)/\(key): no answer.")
            for attempt in 0..<4 {
                if attempt > 0 { Thread.sleep(forTimeInterval: 0.2 * Double(1 << attempt)) }
                do throws(CloudError) {
                    let answer = try once(bucket, key: key, query: query)
                    switch answer.status {
                    case 200...299: return answer
                    case 403:
                        throw CloudError(
                            .accessDenied, "s3://\(bucket)/\(key): access denied; the caller needs \(action) on it.")
                    case 404:
                        throw CloudError(.notFound, "s3://\(bucket)/\(key): does not exist; check bucket and prefix.")
                    case 429, 500...599:
                        failure = CloudError(
                            .unavailable, "s3://\(bucket)/\(key): S3 answered \(answer.status); try again later.")
                    default:
                        throw CloudError(
                            .unavailable,
                            "s3://\(bucket)/\(key): S3 answered \(answer.status); check region and endpoint.")
                    }
                } catch {
                    // Busy and broken lines may pass; everything else is as it is.
                    guard error.code == .unavailable else { throw error }
                    failure = error
                }
            }
            throw failure
        }

        private func once(
            _ bucket: String, key: String, query: [(name: String, value: String)]
        ) throws(CloudError) -> HTTPTransport.Answer {
            let base = endpoint ?? "https://\(bucket).s3.\(region).amazonaws.com"
            guard let parts = URLComponents(string: base), let host = parts.host else {
                throw CloudError(.usage, "--endpoint-url \(base): is no URL; use http://host:port.")
            }
            let path = endpoint == nil ? "/\(key)" : "/\(bucket)/\(key)"
            var headers = [(name: "host", value: parts.port.map { "\(host):\($0)" } ?? host)]
            if paysForRequests { headers.append(("x-amz-request-payer", "requester")) }
            let request = SignatureV4.Request(method: "GET", path: path, query: query, headers: headers)
            let signed = SignatureV4(credentials: credentials, region: region, service: "s3").sign(request, at: now())
            let search = SignatureV4.queryString(query)
            let url = base + SignatureV4.encode(path, keepsSlash: true) + (search.isEmpty ? "" : "?\(search)")
            return try transport.send(method: "GET", url: url, headers: signed, body: [])
        }
    }

    /// Reads a ListObjectsV2 answer. Malformed XML, which S3 may send with status 200, is told from an empty page.
    final class ListingParser: NSObject, XMLParserDelegate {
        private var objects: [S3Client.Object] = []
        private var nextToken: String?
        private var isListing = false
        private var text = ""
        private var key: String?
        private var size: Int64 = 0

        static func parse(_ bytes: [UInt8]) -> (objects: [S3Client.Object], nextToken: String?)? {
            let parser = XMLParser(data: Data(bytes))
            let reader = ListingParser()
            parser.delegate = reader
            guard parser.parse(), reader.isListing else { return nil }
            return (reader.objects, reader.nextToken)
        }

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            text = ""
            if name == "ListBucketResult" { isListing = true }
            if name == "Contents" { key = nil }
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

        func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
            switch name {
            case "Key": key = text.removingPercentEncoding ?? text
            case "Size": size = Int64(text) ?? 0
            case "Contents": if let key { objects.append(S3Client.Object(key: key, size: size)) }
            case "NextContinuationToken": nextToken = text
            default: break
            }
        }
    }
#endif
