#if Cloud
    import AsyncHTTPClient
    import Foundation
    import NIOCore
    import NIOHTTP1

    /// The one way to the network: HTTP requests with a deadline and bounded answers.
    ///
    /// Blocking: call it from a thread of your own, never from an event loop.
    package final class HTTPTransport: Sendable {
        private let client: HTTPClient
        /// An answer longer than this is refused; bytes.
        private let bodyLimit: Int

        /// - Parameter connections: how many requests to one host go side by side.
        package init(
            bodyLimit: Int = 1 << 26, connectTimeoutSeconds: Int64 = 5, readTimeoutSeconds: Int64 = 30,
            connections: Int = 8
        ) {
            self.bodyLimit = bodyLimit
            var configuration = HTTPClient.Configuration()
            configuration.timeout = .init(connect: .seconds(connectTimeoutSeconds), read: .seconds(readTimeoutSeconds))
            configuration.redirectConfiguration = .disallow
            configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connections
            configuration.connectionPool.retryConnectionEstablishment = false
            client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        }

        /// An answer with its headers in lower case.
        package struct Answer: Sendable {
            package var status: Int
            package var headers: [String: String]
            package var body: [UInt8]
            /// Why the body ends before its end; `nil` for a whole one.
            package var breakReason: String?

            package init(status: Int, headers: [String: String], body: [UInt8], breakReason: String? = nil) {
                self.status = status
                self.headers = headers
                self.body = body
                self.breakReason = breakReason
            }

            /// The body as UTF-8; bytes that are none are replaced.
            package var text: String { String(decoding: body, as: UTF8.self) }
        }

        /// Sends one request and waits for the whole answer.
        ///
        /// - Returns: the answer; if the line broke in the middle of it, as far as it came.
        /// - Throws: `CloudError.unavailable` if there was no answer.
        package func send(
            method: String, url: String, headers: [(name: String, value: String)], body: [UInt8]
        ) throws(CloudError) -> Answer {
            let collector = AnswerCollector(limit: bodyLimit)
            var reason: String?
            do {
                var request = try HTTPClient.Request(url: url, method: HTTPMethod(rawValue: method))
                for (name, value) in headers where name.lowercased() != "host" {
                    request.headers.add(name: name, value: value)
                }
                if let host = headers.first(where: { $0.name.lowercased() == "host" }) {
                    request.headers.replaceOrAdd(name: "host", value: host.value)
                }
                if !body.isEmpty { request.body = .bytes(body) }
                try client.execute(request: request, delegate: collector).wait()
            } catch let error as HTTPClientError {
                reason = error.shortDescription
            } catch {
                reason = "\(error)"
            }
            if var answer = collector.answer {
                let length = answer.headers["content-length"].flatMap { Int($0) }
                if let length, length != answer.body.count, reason == nil { reason = "ended early" }
                answer.breakReason = reason
                return answer
            }
            let reached = String(url.prefix { $0 != "?" })
            throw CloudError(
                .unavailable, reached, problem: "no answer (\(reason ?? "empty"))",
                remedy: "check the network and the endpoint")
        }

        /// Ends every request and closes all connections; the transport is of no use afterwards.
        package func shutdown() { try? client.syncShutdown() }
    }
#endif
