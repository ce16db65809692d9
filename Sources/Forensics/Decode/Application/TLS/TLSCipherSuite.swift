/// The names of TLS cipher suites as AWS writes them in access logs: OpenSSL's. IANA TLS Cipher Suites registry.
package enum TLSCipherSuite {
    /// Returns the name of a code point, or its number as `0xC02F` where it is not in the table.
    package static func name(_ code: UInt16) -> String {
        switch code {
        case 0x0001: "NULL-MD5"
        case 0x0002: "NULL-SHA"
        case 0x0004: "RC4-MD5"
        case 0x0005: "RC4-SHA"
        case 0x000A: "DES-CBC3-SHA"
        case 0x0016: "DHE-RSA-DES-CBC3-SHA"
        case 0x002F: "AES128-SHA"
        case 0x0033: "DHE-RSA-AES128-SHA"
        case 0x0035: "AES256-SHA"
        case 0x0039: "DHE-RSA-AES256-SHA"
        case 0x003B: "NULL-SHA256"
        case 0x003C: "AES128-SHA256"
        case 0x003D: "AES256-SHA256"
        case 0x0041: "CAMELLIA128-SHA"
        case 0x0067: "DHE-RSA-AES128-SHA256"
        case 0x006B: "DHE-RSA-AES256-SHA256"
        case 0x0084: "CAMELLIA256-SHA"
        case 0x009C: "AES128-GCM-SHA256"
        case 0x009D: "AES256-GCM-SHA384"
        case 0x009E: "DHE-RSA-AES128-GCM-SHA256"
        case 0x009F: "DHE-RSA-AES256-GCM-SHA384"
        case 0x1301: "TLS_AES_128_GCM_SHA256"
        case 0x1302: "TLS_AES_256_GCM_SHA384"
        case 0x1303: "TLS_CHACHA20_POLY1305_SHA256"
        case 0x1304: "TLS_AES_128_CCM_SHA256"
        case 0x1305: "TLS_AES_128_CCM_8_SHA256"
        case 0xC006: "ECDHE-ECDSA-NULL-SHA"
        case 0xC007: "ECDHE-ECDSA-RC4-SHA"
        case 0xC008: "ECDHE-ECDSA-DES-CBC3-SHA"
        case 0xC009: "ECDHE-ECDSA-AES128-SHA"
        case 0xC00A: "ECDHE-ECDSA-AES256-SHA"
        case 0xC010: "ECDHE-RSA-NULL-SHA"
        case 0xC011: "ECDHE-RSA-RC4-SHA"
        case 0xC012: "ECDHE-RSA-DES-CBC3-SHA"
        case 0xC013: "ECDHE-RSA-AES128-SHA"
        case 0xC014: "ECDHE-RSA-AES256-SHA"
        case 0xC023: "ECDHE-ECDSA-AES128-SHA256"
        case 0xC024: "ECDHE-ECDSA-AES256-SHA384"
        case 0xC027: "ECDHE-RSA-AES128-SHA256"
        case 0xC028: "ECDHE-RSA-AES256-SHA384"
        case 0xC02B: "ECDHE-ECDSA-AES128-GCM-SHA256"
        case 0xC02C: "ECDHE-ECDSA-AES256-GCM-SHA384"
        case 0xC02F: "ECDHE-RSA-AES128-GCM-SHA256"
        case 0xC030: "ECDHE-RSA-AES256-GCM-SHA384"
        case 0xCCA8: "ECDHE-RSA-CHACHA20-POLY1305"
        case 0xCCA9: "ECDHE-ECDSA-CHACHA20-POLY1305"
        case 0xCCAA: "DHE-RSA-CHACHA20-POLY1305"
        default: "0x" + hexadecimal(code)
        }
    }

    private static func hexadecimal(_ code: UInt16) -> String {
        let digits = String(code, radix: 16, uppercase: true)
        return String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }
}
