import ForensicsModel

/// Lines in the forms that AWS documents or that were seen in public logs, and lines that are none.
enum LogsFixtures {
    static let all: [(kind: EvidenceKind, log: String)] = [
        (.alb, alb), (.nlb, nlb), (.clb, clb), (.albConnection, albConnection), (.albHealthCheck, albHealthCheck),
        (.vpcFlow, vpcFlow), (.alb, albJSON), (.vpcFlow, vpcFlowJSON), (.nlb, nlbChosen), (.alb, albW3C),
    ]

    /// What damage puts into lines.
    static let trouble = [
        "\"", " ", "\\", "\\x22", "\\x2", "\\\"", "-", "-1", "\n", "\r\n", "\r", ":", "%41", "%4", "{", "é", "?", "/",
        "\u{0}", "99999999999999999999", "000", "{\"a\":1}\n", "#Fields: time elb\n",
    ]

    private static let albHead =
        "2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817"
    private static let albRest =
        """
        arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 \
        "Root=1-58337262-36d228ad5d99923122bbe354"
        """
    private static let certificate =
        "arn:aws:acm:us-east-2:123456789012:certificate/12345678-1234-1234-1234-123456789012"

    static let alb = """
        http \(albHead) 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.46.0" - - \(albRest) "-" "-" 0 2018-07-02T22:22:48.364000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_1234abcd5678ef90aabbccddeeff0011 "-" "-" "-" 203.0.113.7 "-" "-"
        https \(albHead) 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://www.example.com:443/orders/17/items/0c9188aa?token=secret&x=1 HTTP/1.1" "curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 \(albRest) "www.example.com" "\(certificate)" 1 2018-07-02T22:22:48.364000Z "authenticate,forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_1234abcd5678ef90aabbccddeeff0011
        h2 \(albHead) 10.0.0.66:9000 0.000 0.002 0.000 404 404 5 257 "GET https://10.0.2.105:773/a b c HTTP/2.0" "say \\x22hi\\x22" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.3 \(albRest) "api.example.com" "session-reused" 1 2018-07-02T22:22:48.364000Z "redirect" "https://example.com:80/" "-"
        ws \(albHead) 10.0.1.192:8010 0.001 0.003 0.000 101 101 218 587 "GET http://10.0.0.30:80/chat HTTP/1.1" "-" - - \(albRest) "-" "-" 1 2018-07-02T22:22:48.364000Z "forward" "-" "-" "10.0.1.192:8010" "101" "-" "-"
        wss \(albHead) 10.0.0.171:8010 0.000 0.001 0.000 101 101 218 786 "GET https://10.0.0.30:443/ HTTP/1.1" "ELB-HealthChecker/2.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 \(albRest)
        http \(albHead) - 0.000 0.001 0.000 502 - 34 366 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.46.0" - - \(albRest) "-" "-" 0 2018-11-30T22:22:48.364000Z "forward" "-" "LambdaInvalidResponse" "-" "-" "-" "-"
        http \(albHead) - -1 -1 -1 400 - 0 272 "- http://lb-640112591.us-east-1.elb.amazonaws.com:80- -" "-" - - - "-" "-" "-" - 2018-07-02T22:22:48.364000Z "-" "-" "-" "-" "-" "Severe" "BadUri" TID_dc57cebed65b444ebc8177bb698fe166
        https 2021-03-16T20:20:00.135052Z app/a/1 2601:6bbc:c529:9dad:6bbc:c529:9dad:6bbc:50599 fd6d:6bbc:c529:6::face:ed83:f46:80 0.001 0.052 0.000 200 200 589 2084 "POST https://test.domain.com:443/api/deposits/transactions:search?detailsLevel=FULL HTTP/1.1" "User 1.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 - "Self=1-67891234-12456789abcdef012345678;Root=1-67891233-abcdef012345678912345678" "some.domain.com" "-" 0 2021-03-16T20:20:00.081000Z "waf,forward" "-" "-" "-" "200" "Ambiguous" "UndefinedContentLengthSemantics" TID_dc57cebed65b444ebc8177bb698fe166 "-" "-" "-" 2001:db8::1 0x8 0xb "new field" 38
        h2 \(albHead) 10.0.0.1:80 0.000 -1 -1 000 - 34 0 "GET https://www.example.com:443/ HTTP/2.0" "grpc" - - \(albRest) "-" "-" 0 2018-07-02T22:22:48.364000Z "forward" "-" "-" "10.0.0.1:80" "-" "-" "-" TID_1 "-" "-" "-" 203.0.113.7 "0x8" "-"
        https \(albHead) - -1 -1 -1 403 - 10 20 "GET https://x.example.com:443/?q=%27 HTTP/1.1" "bad\\xZZ" - - - "-" "x.example.com" "-" 0 2018-07-02T22:22:48.364000Z "waf" "-" "-"
        http \(albHead) 10.0.0.1:80 -1 -1 -1 504 - 10 20 "GET http://x.example.com:80/a?b=%27 HTTP/1.1" "Optional(\\"Mozilla/5.0 (X)\\") y" - - - "-"
        http \(albHead) 10.0.0.1:80 0.000 60.001 -1 504 - 10 20 "OPTIONS http://x.example.com:80 HTTP/1.1" "ends in \\" - - - "-"
        http \(albHead) 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366

        gopher \(albHead) 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "GET" "" x TLSv9 arn:a:b:c:d:e
        http 2018-07-02 app/x/1 192.168.131.39:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366
        http \(albHead) 10.0.0.1 0.000 0.001 0.000 200 200 34 366
        http \(albHead) 10.0.0.1:80 zero 0.001 0.000 200 200 34 366
        http \(albHead) 10.0.0.1:80 0.000 0.001 0.000 2000 200 34 366
        http \(albHead) 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "GET http://open.example.com:80/ HTTP/1.1
        http \(albHead)
        Enable AccessLog for ELB: my-alb at 2026-09-30T10:00:00.000Z
        2015-05-13T23:39:43.945958Z my-loadbalancer 192.168.131.39:2817 10.0.0.1:80 0.000086 0.001048 0.001337 200 200 0 57 "GET https://www.example.com:443/ HTTP/1.1" "curl/7.38.0" DHE-RSA-AES128-SHA TLSv1.2

        """

    static let nlb = """
        tls 2.0 2018-12-20T02:59:40 net/my-network-loadbalancer/c6e77e28c25b2234 g3d4b5e8bb8464cd 72.21.218.154:51341 172.100.100.185:443 5 2 98 246 - arn:aws:acm:us-east-2:671290407336:certificate/2a108f19-aded-46b0-8493-c63eb1ef4a99 - ECDHE-RSA-AES128-SHA tlsv12 - my-network-loadbalancer-c6e77e28c25b2234.elb.us-east-2.amazonaws.com - - - 2018-12-20T02:59:30
        tls 2.0 2020-04-01T08:51:42 net/n/c6 g3d4 72.21.218.154:51341 172.100.100.185:443 350000 2 98 246 - - - TLS_AES_128_GCM_SHA256 tlsv13 x25519 caf%C3%A9.example.com h2 h2 "h2","http/1.1" 2020-04-01T08:51:20
        tls 2.0 2020-04-01T08:51:42 net/n/c6 g3d4 2001:db8::7:51341 fd00::1:443 24 - 0 7 42 - - - - - - - - - 2020-04-01T08:51:20 extra
        tls 2.0 2020-04-01T08:51:42 net/n/c6 g3d4 72.21.218.154:51341 172.100.100.185:443 - -1 98 246 999 - - - tlsv99 - bad%2.example.com - - "a
        tls 2.0 2020-04-01T08:51:42 net/n/c6 g3d4 72.21.218.154:51341 172.100.100.185:443 - -1 98 246 999 - - - tlsv99 - bad%2.example.com
        tls 2.0 2020-04-01T08:51:42 net/n/c6 g3d4 72.21.218.154 172.100.100.185:443 5 2 98 246
        tls 2.0 2020-13-01T08:51:42 net/n/c6 g3d4 72.21.218.154:1 172.100.100.185:443 5 2 98 246
        tls 2.0 2020-04-01T08:51:42.5+01:00 net/n/c6 g3d4 - - 5 2 98 246\r
        tcp 2.0 2020-04-01T08:51:42 net/n/c6 g3d4 72.21.218.154:1 172.100.100.185:443 5 2 98 246
        tls 2.0 2020-04-01T08:51:42 net/n/c6

        """

    static let clb = """
        2015-05-13T23:39:43.945958Z my-loadbalancer 192.168.131.39:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.38.0" - -
        2015-05-13T23:39:43.945958Z my-loadbalancer 192.168.131.39:2817 10.0.0.1:80 0.000086 0.001048 0.001337 200 200 0 57 "GET https://www.example.com:443/a/0001/b/2 HTTP/1.1" "curl/7.38.0" DHE-RSA-AES128-SHA TLSv1.2
        2015-05-13T23:39:43.945958Z my-loadbalancer 192.168.131.39:2817 10.0.0.1:80 0.001069 0.000028 0.000041 - - 82 305 "- - - " "-" - -
        2015-05-13T23:39:43.945958Z my-loadbalancer 192.168.131.39:2817 - -1 -1 -1 - - 0 0 "- - - " "-" ECDHE-ECDSA-AES128-GCM-SHA256 TLSv1.2
        2015-04-10T08:11:09.865823Z us-west-1-production-media 49.150.87.133:55128 - -1 -1 -1 408 - 1294336 0 "PUT https://media.example.com:443/videos/F4_M-T4X0MM6Hvy1PFHesw HTTP/1.1"
        2015-04-10T08:11:09.865823Z lb 2001:db8::1:55128 10.0.0.1:80 0.00004 -1 -1 504 - 1 0 "GET http://a:80/ HTTP/1.0" "x" - - arn:tail "more tail"
        2015-04-10T08:11:09.865823Z lb 198.51.100.7:55128 - -1 -1 -1 504 0 1 0 "GET http://a:80/ HTTP/1.1" "x" - -
        2015-04-10T08:11:09.865823Z lb 170.01.01.02:55128 10.0.0.1:80 0.00004 0.1 0.2 503 503 1 0

        """

    static let albConnection = """
        2023-10-04T17:05:15.514108Z 203.0.113.1 36280 443 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 - "CN=amazondomains.com,O=endEntity,L=Seattle,ST=Washington,C=US" NotBefore=2023-09-21T22:43:21Z;NotAfter=2026-06-17T22:43:21Z FEF257372D5C14D4 Failed:ClientCertUntrusted TID_3180a73013c8ca4bac2f731159d4b0fe
        2023-10-04T17:05:15.514108Z 2001:db8::1 36280 443 TLSv1.3 TLS_AES_128_GCM_SHA256 0.004 "-" - - Success TID_3180a73013c8ca4bac2f731159d4b0fe secp256r1 app/my-alb/1234567890abcdef 203.0.113.9
        2023-10-04T17:05:15.514108Z 203.0.113.1 36280 80 - - - "-" - - - TID_3180a73013c8ca4bac2f731159d4b0fe - app/my-alb/1234567890abcdef 203.0.113.9 sixteen
        2023-10-04T17:05:15.514108Z 203.0.113.1 99999 80 - - -
        2023-10-04T17:05:15.514108Z 203.0.113 1 80 - - -
        2023-10-04T17:05:15.514108Z 203.0.113.1 1 80

        """

    static let albHealthCheck = """
        http 2025-10-31T12:44:59.875678Z 0.019584011 172.31.20.97:80 HCLogsTestIPs PASS 200 -
        http 2025-10-31T12:44:58.901409Z 5.000000001 172.31.20.97:80 HCLogsTestIPs FAIL - TimedOut app/hc/1 10.0.0.5
        https 2025-10-31T12:44:58.901409Z 1.121980746 [2001:db8::9]:443 HCLogsTestIPs FAIL 502 ResponseCodeMismatch app/hc/1 10.0.0.5
        grpc 2025-10-31T12:44:58.901409Z 1.12 2001:db8::9:443 g FAIL 12 GRPCUnexpectedStatus app/hc/1 10.0.0.5
        lambda 2025-10-31T12:44:58.901409Z 0.5 arn:aws:lambda:us-east-1:111122223333:function:f g FAIL - RequestTimedOut app/hc/1 10.0.0.5 tail
        tcp 2025-10-31T12:44:58.901409Z - 10.0.0.1:80 g PASS - - - -
        http 2025-10-31T12:44:58.901409Z 0.5 10.0.0.1:80 g MAYBE 200 -
        http 2025-10-31T12:44:58.901409Z 0.5 10.0.0.1:80 g PASS 2000 -

        """

    static let vpcFlow = """
        2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK
        2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA
        2 123456789010 eni-11111111aaaaaaaaa - - - - - - - 1431280876 1431280934 - SKIPDATA
        2 123456789010 eni-1235b8ca123456789 2001:db8::1 ::ffff:10.0.0.1 34892 22 6 54 8855 1477913708 1477913820 REJECT OK trailing
        2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 NaN 22 6 20 4249 1418530010 1418530070 ACCEPT OK
        2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 65543 22 6 20 4249 %d %d ACCEPT OK
        2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21
        version vpc_id subnet_id instance_id interface_id account_id type srcaddr dstaddr srcport dstport pkt_srcaddr pkt_dstaddr protocol bytes packets start end action tcp_flags log_status
        3 vpc-a subnet-b i-c eni-d 123456789012 IPv4 10.0.1.5 10.0.0.220 1 2 10.0.1.5 203.0.113.5 6 7 8 1616729292 1616729349 ACCEPT 19 OK
        version srcaddr dstaddr srcport dstport protocol start end type packets bytes account-id vpc-id subnet-id instance-id interface-id region az-id sublocation-type sublocation-id action tcp-flags pkt-srcaddr pkt-dstaddr pkt-src-aws-service pkt-dst-aws-service traffic-path flow-direction log-status reject-reason interface-type next-hop-vpc-id
        5 52.95.128.179 10.0.0.71 80 34210 6 1616729292 1616729349 IPv4 14 15044 123456789012 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-0c50d5961bcb2d47b eni-1235b8ca123456789 ap-southeast-2 apse2-az3 - - ACCEPT 19 52.95.128.179 10.0.0.71 S3 - - ingress OK BPA transit_gateway vpc-x
        5 52.95.128.179 10.0.0.71 80 34210 6 - - IPv4 14 15044 - - - - - - - - - MAYBE 999 x 10.0.0.71 S3 - 8 sideways OK - - -

        """

    static let albJSON = """
        {"type":"https","time":"2018-07-02T22:23:00.186641Z","elb":"app/x/1","client_port":"192.168.131.39:2817","target_port":"10.0.0.1:80","request_processing_time":0.086,"target_processing_time":"0.048","response_processing_time":"0.037","elb_status_code":"500","target_status_code":500,"received_bytes":0,"sent_bytes":57,"request_line":"GET https://www.example.com:443/q\\u0041\\"x HTTP/1.1","user_agent":"a\\\\x22b","conn_trace_id":"TID_1234abcd5678ef90aabbccddeeff0011","brand_new":"1 2","none":null}
        { "time" : "2018-07-02T22:23:00.186641Z" , "elb_status_code" : "200", "client_port": "-", "domain_name": "caf\\u00e9\\ud83d\\ude00" }
        {"time":"2018-07-02T22:23:00.186641Z","elb_status_code":"200"
        {"a":1,"b":2,"time":"2018-07-02T22:23:00.186641Z"}
        {"time":"x","elb_status_code":"200"}

        """

    static let vpcFlowJSON = """
        {"version":"5","srcaddr":"10.0.0.1","dstaddr":"10.0.0.2","start":1616729292,"end":1616729349,"flow_direction":"egress","region":"eu-west-1","log_status":"OK"}
        {"version":5,"interface-id":"eni-1","start":1616729292,"end":1616729349,"log-status":"SKIPDATA"}

        """

    static let nlbChosen = """
        time client_port destination_port connection_time tls_handshake_time domain_name colour
        2020-04-01T08:51:42 72.21.218.154:51341 172.100.100.185:443 350 2 a.example.com red
        2020-04-01T08:51:43 72.21.218.154:51342 172.100.100.185:443 350 2

        """

    static let albW3C = """
        #Version: 1.0
        #Fields: time client:port elb_status_code target_status_code sent_bytes request_line
        2018-07-02T22:23:00.186641Z 192.168.131.39:2817 503 - 12 "GET http://a.example.com:80/x HTTP/1.1"

        """
}

/// A small generator with a printed seed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
