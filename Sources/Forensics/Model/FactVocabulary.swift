/// Whose side a failure lies on. The raw value is stored: values are only ever added.
package enum Blame: UInt8, Sendable, CaseIterable {
    case none = 0
    case client, loadBalancer, target, network, unknown

    /// The name in the case file, or `nil` where there is nothing to blame.
    package var name: String? {
        switch self {
        case .none: nil
        case .client: "client"
        case .loadBalancer: "load-balancer"
        case .target: "target"
        case .network: "network"
        case .unknown: "unknown"
        }
    }
}

/// The part a connection plays at the point where it was seen.
package enum ConnectionRole: UInt8, Sendable, CaseIterable {
    case client = 0
    /// The peer is a load balancer that pools clients: the connection says nothing about any one client.
    case backend
    /// Seen in what a mirror sends, with a peer that is not known to pool clients.
    case mirror

    /// The name in the case file.
    package var name: String {
        switch self {
        case .client: "client"
        case .backend: "backend"
        case .mirror: "mirror"
        }
    }
}

/// The application protocol found on a connection.
package enum ApplicationService: UInt8, Sendable, CaseIterable {
    case unknown = 0
    case http, h2, tls, quic, dns, webSocket, grpc

    /// The name in the case file, or `nil` where it was not told.
    package var name: String? {
        switch self {
        case .unknown: nil
        case .http: "http"
        case .h2: "h2"
        case .tls: "tls"
        case .quic: "quic"
        case .dns: "dns"
        case .webSocket: "websocket"
        case .grpc: "grpc"
        }
    }
}

/// Zeek's connection states (`conn_state`), decided as Zeek's `base/protocols/conn/main.zeek` does.
package enum ConnectionState: UInt8, Sendable, CaseIterable {
    case none = 0
    case s0, s1, sf, rej, s2, s3, rsto, rstr, rstos0, rstrh, sh, shr, oth

    /// Zeek's spelling, or `nil` where the source knows no state (logs).
    package var name: String? {
        switch self {
        case .none: nil
        case .s0: "S0"
        case .s1: "S1"
        case .sf: "SF"
        case .rej: "REJ"
        case .s2: "S2"
        case .s3: "S3"
        case .rsto: "RSTO"
        case .rstr: "RSTR"
        case .rstos0: "RSTOS0"
        case .rstrh: "RSTRH"
        case .sh: "SH"
        case .shr: "SHR"
        case .oth: "OTH"
        }
    }
}

/// Who sent the resets of a connection.
package enum ResetSender: UInt8, Sendable, CaseIterable {
    case none = 0
    case client, server, both

    /// The name in the case file, or `nil` where there were none.
    package var name: String? {
        switch self {
        case .none: nil
        case .client: "client"
        case .server: "server"
        case .both: "both"
        }
    }
}

/// The TLS version agreed on, as the wire's code point. RFC 8446, section 4.2.1.
package enum TLSVersion: UInt16, Sendable, CaseIterable {
    case none = 0
    case ssl3 = 0x0300
    case tls10 = 0x0301
    case tls11 = 0x0302
    case tls12 = 0x0303
    case tls13 = 0x0304

    /// The spelling of ALB logs: `TLSv1.2`.
    package var name: String? {
        switch self {
        case .none: nil
        case .ssl3: "SSLv3"
        case .tls10: "TLSv1"
        case .tls11: "TLSv1.1"
        case .tls12: "TLSv1.2"
        case .tls13: "TLSv1.3"
        }
    }
}

/// The protocol of a request, from the log's `type` column or the wire.
package enum RequestScheme: UInt8, Sendable, CaseIterable {
    case unknown = 0
    case http, https, h2, grpcs, ws, wss, h2c, lambda, grpc

    /// The name in the case file, or `nil` where it was not told.
    package var name: String? {
        switch self {
        case .unknown: nil
        case .http: "http"
        case .https: "https"
        case .h2: "h2"
        case .grpcs: "grpcs"
        case .ws: "ws"
        case .wss: "wss"
        case .h2c: "h2c"
        case .lambda: "lambda"
        case .grpc: "grpc"
        }
    }
}

/// The version of HTTP in a request line.
package enum HTTPVersion: UInt8, Sendable, CaseIterable {
    case unknown = 0
    case http09, http10, http11, http2, http3

    /// The spelling of access logs, or `nil` where it was not told.
    package var name: String? {
        switch self {
        case .unknown: nil
        case .http09: "HTTP/0.9"
        case .http10: "HTTP/1.0"
        case .http11: "HTTP/1.1"
        case .http2: "HTTP/2.0"
        case .http3: "HTTP/3"
        }
    }
}
