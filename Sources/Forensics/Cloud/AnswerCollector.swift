#if Cloud
    import AsyncHTTPClient
    import NIOCore
    import NIOHTTP1
    import Synchronization

    /// Keeps what came of an answer, also where the line breaks before its end.
    final class AnswerCollector: HTTPClientResponseDelegate {
        private let kept = Mutex<HTTPTransport.Answer?>(nil)
        private let limit: Int

        struct TooLong: Error {}

        /// - Parameter limit: a longer body fails; bytes.
        init(limit: Int) { self.limit = limit }

        /// What came so far; `nil` before the head did.
        var answer: HTTPTransport.Answer? { kept.withLock { $0 } }

        func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
            var fields: [String: String] = [:]
            for (name, value) in head.headers { fields[name.lowercased()] = value }
            var body: [UInt8] = []
            if let length = fields["content-length"].flatMap({ Int($0) }), length > 0 {
                body.reserveCapacity(min(length, limit))
            }
            let answer = HTTPTransport.Answer(status: Int(head.status.code), headers: fields, body: body)
            kept.withLock { $0 = answer }
            return task.eventLoop.makeSucceededVoidFuture()
        }

        func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
            let fits = kept.withLock { answer in
                guard let count = answer?.body.count, count + buffer.readableBytes <= limit else { return false }
                answer?.body.append(contentsOf: buffer.readableBytesView)
                return true
            }
            return fits ? task.eventLoop.makeSucceededVoidFuture() : task.eventLoop.makeFailedFuture(TooLong())
        }

        func didFinishRequest(task: HTTPClient.Task<Void>) throws {}
    }
#endif
