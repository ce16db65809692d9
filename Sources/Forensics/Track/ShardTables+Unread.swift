import ForensicsModel

/// What the server sent and could not be read: a head that was cut before its status, bytes of which nothing tells where a
/// message begins, another protocol. What waits for an answer may have got it.
extension ShardTables {
    /// Notes that such bytes came. Of several requests that wait nothing tells whose answers they are: all are marked.
    mutating func passUnread(_ stream: StreamState, _ count: Int, _ place: PacketPlace) {
        guard stream.oldest >= 0, count > 0 else { return }
        markUnread(stream)
        guard stream.http2 < 0, !pending[stream.oldest].marks.contains(.responding) else { return }
        var exchange = pending[stream.oldest]
        if exchange.responseBytes == 0 { exchange.responseStart = place.time }
        exchange.responseBytes &+= UInt64(count)
        exchange.responseEnd = max(exchange.responseEnd, place.time)
        pending[stream.oldest] = exchange
    }

    /// Marks all requests that wait, unless they are: the newest is marked last.
    mutating func markUnread(_ stream: StreamState) {
        if pending[stream.newest].marks.contains(.unread) { return }
        var index = stream.oldest
        while index >= 0 {
            pending[index].marks.insert(.unread)
            index = pending[index].next
        }
    }
}
