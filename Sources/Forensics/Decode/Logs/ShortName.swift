/// Texts of at most eight bytes as `LogValue.shortName` tells them: the first byte is the lowest.
enum ShortName {
    /// `-`
    static let dash: UInt64 = 0x2D
    /// `TLSv1`
    static let tlsv1: UInt64 = 0x31_7653_4C54
    /// `TLSv1.0`
    static let tlsv1_0: UInt64 = 0x30_2E31_7653_4C54
    /// `TLSv1.1`
    static let tlsv1_1: UInt64 = 0x31_2E31_7653_4C54
    /// `TLSv1.2`
    static let tlsv1_2: UInt64 = 0x32_2E31_7653_4C54
    /// `TLSv1.3`
    static let tlsv1_3: UInt64 = 0x33_2E31_7653_4C54
    /// `tlsv10`
    static let tlsv10: UInt64 = 0x3031_7673_6C74
    /// `tlsv11`
    static let tlsv11: UInt64 = 0x3131_7673_6C74
    /// `tlsv12`
    static let tlsv12: UInt64 = 0x3231_7673_6C74
    /// `tlsv13`
    static let tlsv13: UInt64 = 0x3331_7673_6C74
    /// `SSLv3`
    static let sslv3: UInt64 = 0x33_764C_5353
    /// `http`
    static let http: UInt64 = 0x7074_7468
    /// `https`
    static let https: UInt64 = 0x73_7074_7468
    /// `h2`
    static let h2: UInt64 = 0x3268
    /// `h2c`
    static let h2c: UInt64 = 0x63_3268
    /// `grpc`
    static let grpc: UInt64 = 0x6370_7267
    /// `grpcs`
    static let grpcs: UInt64 = 0x73_6370_7267
    /// `ws`
    static let ws: UInt64 = 0x7377
    /// `wss`
    static let wss: UInt64 = 0x73_7377
    /// `lambda`
    static let lambda: UInt64 = 0x6164_626D_616C
    /// `tls`
    static let tls: UInt64 = 0x73_6C74
    /// `PASS`
    static let pass: UInt64 = 0x5353_4150
    /// `FAIL`
    static let fail: UInt64 = 0x4C49_4146
    /// `ACCEPT`
    static let accept: UInt64 = 0x5450_4543_4341
    /// `REJECT`
    static let reject: UInt64 = 0x5443_454A_4552
    /// `OK`
    static let ok: UInt64 = 0x4B4F
    /// `NODATA`
    static let noData: UInt64 = 0x4154_4144_4F4E
    /// `SKIPDATA`
    static let skipData: UInt64 = 0x4154_4144_5049_4B53
    /// `ingress`
    static let ingress: UInt64 = 0x73_7365_7267_6E69
    /// `egress`
    static let egress: UInt64 = 0x7373_6572_6765
    /// `Success`
    static let success: UInt64 = 0x73_7365_6363_7553
    /// `HTTP/0.9`
    static let http09: UInt64 = 0x392E_302F_5054_5448
    /// `HTTP/1.0`
    static let http10: UInt64 = 0x302E_312F_5054_5448
    /// `HTTP/1.1`
    static let http11: UInt64 = 0x312E_312F_5054_5448
    /// `HTTP/2.0`
    static let http20: UInt64 = 0x302E_322F_5054_5448
    /// `HTTP/3.0`
    static let http30: UInt64 = 0x302E_332F_5054_5448
    /// `http://`
    static let httpScheme: UInt64 = 0x2F_2F3A_7074_7468
    /// `https://`
    static let httpsScheme: UInt64 = 0x2F2F_3A73_7074_7468
    /// `ELB-Heal`
    static let healthAgent: UInt64 = 0x6C61_6548_2D42_4C45
    /// `HTTP/`
    static let httpSlash: UInt64 = 0x2F_5054_5448
    /// `waf`
    static let waf: UInt64 = 0x66_6177
    /// `forward`
    static let forward: UInt64 = 0x64_7261_7772_6F66
    /// `redirect`
    static let redirect: UInt64 = 0x7463_6572_6964_6572
    /// `fixed-re`
    static let fixedResponse: UInt64 = 0x6572_2D64_6578_6966
    /// `waf-fail`
    static let wafFailed: UInt64 = 0x6C69_6166_2D66_6177
    /// `authenti`
    static let authenticate: UInt64 = 0x6974_6E65_6874_7561
    /// `TID_`
    static let tidPrefix: UInt64 = 0x5F44_4954
    /// `Failed:`
    static let failedPrefix: UInt64 = 0x3A_6465_6C69_6146
    /// `- - -`
    static let threeDashes: UInt64 = 0x2D_202D_202D
    /// `- - - `
    static let threeDashesSpace: UInt64 = 0x202D_202D_202D
}
