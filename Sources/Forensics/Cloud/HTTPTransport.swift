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

        package init(bodyLimit: Int = 1 << 30, connectTimeoutSeconds: Int64 = 5, readTimeoutSeconds: Int64 = 30) {
            self.bodyLimit = bodyLimit
            var configuration = HTTPClient.Configuration()
            configuration.timeout = .init(connect: .seconds(connectTimeoutSeconds), read: .seconds(readTimeoutSeconds))
            configuration.redirectConfiguration = .disallow
            client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        }

        /// An answer with its headers in lower case.
        package struct Answer: Sendable {
            package var status: Int
            package var headers: [String: String]
            package var body: [UInt8]
        }

        /// Sends one request and waits for the whole answer.
        ///
        /// - Throws: `CloudError.unavailable` if there was no answer.
        package func send(
            method: String, url: String, headers: [(name: String, value: String)], body: [UInt8]
        ) throws(CloudError) -> Answer {
            do {
                var request = try HTTPClient.Request(url: url, method: HTTPMethod(rawValue: method))
                for (name, value) in headers where name.lowercased() != "host" {
                    request.headers.add(name: name, value: value)
                }
                if let host = headers.first(where: { $0.name.lowercased() == "host" }) {
                    request.headers.replaceOrAdd(name: "host", value: host.value)
                }
                if !body.isEmpty { request.body = .bytes(body) }
                let collector = ResponseAccumulator(request: request, maxBodySize: bodyLimit)
                let response = try client.execute(request: request, delegate: collector).wait()
                var fields: [String: String] = [:]
                for (name, value) in response.headers { fields[name.lowercased()] = value }
                let bytes = response.body.map { Array($0.readableBytesView) } ?? []
                return Answer(status: Int(response.status.code), headers: fields, body: bytes)
            } catch {
                throw CloudError(
                    .unavailable, "\(Self.withoutQuery(url)): no answer (\(error)); check the network and the endpoint."
                )
            }
        }

        /// Closes idle connections; the transport is of no use afterwards.
        package func shutdown() { try? client.syncShutdown() }

        private static func withoutQuery(_ url: String) -> String {
            String(url.prefix { $0 != "?" })
        }
    }
#endif
