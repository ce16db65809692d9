#if Cloud
    import Foundation
    import Synchronization

    /// Sends signed requests to AWS: with fresh credentials, and with the service's idea of the time where the clock of
    /// this machine is off.
    package final class SignedConnection: Sendable {
        private let source: CredentialSource
        private let transport: HTTPTransport
        private let now: @Sendable () -> Int64
        /// Seconds by which the service's clock is ahead.
        private let skew = Atomic<Int64>(0)

        package init(source: CredentialSource, transport: HTTPTransport, now: @escaping @Sendable () -> Int64) {
            self.source = source
            self.transport = transport
            self.now = now
        }

        /// A request before it is signed.
        package struct Request: Sendable {
            package var method: String
            /// Scheme, host and port.
            package var base: String
            package var path: String
            package var query: [(name: String, value: String)]
            package var headers: [(name: String, value: String)]
            package var body: [UInt8]
            package var service: String
            package var region: String

            package init(
                method: String, base: String, path: String, query: [(name: String, value: String)] = [],
                headers: [(name: String, value: String)] = [], body: [UInt8] = [], service: String, region: String
            ) {
                self.method = method
                self.base = base
                self.path = path
                self.query = query
                self.headers = headers
                self.body = body
                self.service = service
                self.region = region
            }
        }

        /// Signs and sends a request; once more where only the time or the age of the credentials was wrong.
        package func send(_ request: Request) throws(CloudError) -> HTTPTransport.Answer {
            var answer = try once(request)
            guard answer.status >= 400 else { return answer }
            let refusal = ServiceRefusal(answer)
            if refusal.isAboutTime, let theirs = answer.headers["date"].flatMap(Self.time) {
                skew.store(theirs - now(), ordering: .relaxed)
                answer = try once(request)
            } else if refusal.code.hasPrefix("ExpiredToken") {
                source.discard(try source.credentials())
                answer = try once(request)
            }
            return answer
        }

        private func once(_ request: Request) throws(CloudError) -> HTTPTransport.Answer {
            guard let parts = URLComponents(string: request.base), let host = parts.host else {
                throw CloudError(
                    .usage, "--endpoint-url \(request.base)", problem: "is no URL", remedy: "use http://host:port")
            }
            let credentials = try source.credentials()
            let signer = SignatureV4(credentials: credentials, region: request.region, service: request.service)
            let hostHeader = (name: "host", value: parts.port.map { "\(host):\($0)" } ?? host)
            let plain = SignatureV4.Request(
                method: request.method, path: request.path, query: request.query,
                headers: [hostHeader] + request.headers,
                body: request.body)
            let signed = signer.sign(plain, at: now() + skew.load(ordering: .relaxed))
            let search = SignatureV4.queryString(request.query)
            let path = SignatureV4.encode(request.path, keepsSlash: true)
            let url = request.base + path + (search.isEmpty ? "" : "?\(search)")
            return try transport.send(method: request.method, url: url, headers: signed, body: request.body)
        }

        /// Reads an HTTP date: `Sun, 06 Nov 1994 08:49:37 GMT`.
        package static func time(_ text: String) -> Int64? {
            let parts = text.split(whereSeparator: { $0 == " " || $0 == ":" || $0 == "," })
            let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
            guard parts.count >= 7, let day = Int(parts[1]), let month = months.firstIndex(of: String(parts[2])),
                let year = Int(parts[3]), let hour = Int(parts[4]), let minute = Int(parts[5]),
                let second = Int(parts[6])
            else { return nil }
            var calendar = Calendar(identifier: .gregorian)
            calendar.timeZone = .gmt
            let date = DateComponents(
                year: year, month: month + 1, day: day, hour: hour, minute: minute, second: second)
            return calendar.date(from: date).map { Int64($0.timeIntervalSince1970) }
        }
    }
#endif
