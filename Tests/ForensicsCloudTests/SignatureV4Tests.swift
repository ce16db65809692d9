#if Cloud
    import ForensicsCloud
    import Testing

    /// AWS's published test suite for Signature Version 4 (service "service", us-east-1, 2015-08-30T12:36:00Z).
    @Suite struct SignatureV4Tests {
        struct Vector: Sendable, CustomTestStringConvertible {
            var name: String
            var method = "GET"
            var path = "/"
            var query: [(name: String, value: String)] = []
            var headers: [(name: String, value: String)] = []
            var body = ""
            var service = "service"
            var host = "example.amazonaws.com"
            var signature: String
            var testDescription: String { name }
        }

        static let vanilla = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        static let unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

        static let vectors: [Vector] = [
            Vector(name: "get-vanilla", signature: vanilla),
            Vector(
                name: "get-vanilla-query-order-key-case", query: [("Param2", "value2"), ("Param1", "value1")],
                signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
            Vector(
                name: "get-vanilla-empty-query-key", query: [("Param1", "value1")],
                signature: "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"),
            Vector(
                name: "get-vanilla-query-order-key", query: [("Param1", "value2"), ("Param1", "value1")],
                signature: "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"),
            Vector(
                name: "get-vanilla-query-order-value", query: [("Param1", "value2"), ("Param1", "Value1")],
                signature: "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1"),
            Vector(
                name: "get-vanilla-query-order-encoded",
                query: [("Param-3", "Value3"), ("Param", "Value2"), ("\u{1234}", "Value1")],
                signature: "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"),
            Vector(
                name: "get-vanilla-query-unreserved", query: [(unreserved, unreserved)],
                signature: "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"),
            Vector(
                name: "get-vanilla-utf8-query", query: [("\u{1234}", "bar")],
                signature: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
            Vector(
                name: "get-unreserved", path: "/" + unreserved,
                signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
            Vector(name: "get-relative", path: "/example/..", signature: vanilla),
            Vector(name: "get-relative-relative", path: "/example1/example2/../..", signature: vanilla),
            Vector(name: "get-slash", path: "//", signature: vanilla),
            Vector(name: "get-slash-dot-slash", path: "/./", signature: vanilla),
            Vector(
                name: "get-slash-pointless-dot", path: "/./example",
                signature: "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"),
            Vector(
                name: "get-slashes", path: "//example//",
                signature: "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"),
            Vector(
                name: "get-header-value-trim",
                headers: [("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
                signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
            Vector(
                name: "get-header-key-duplicate",
                headers: [("My-Header1", "value2"), ("My-Header1", "value2"), ("My-Header1", "value1")],
                signature: "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"),
            Vector(
                name: "get-header-value-order",
                headers: [
                    ("My-Header1", "value4"), ("My-Header1", "value1"), ("My-Header1", "value3"),
                    ("My-Header1", "value2"),
                ], signature: "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"),
            Vector(
                name: "post-vanilla", method: "POST",
                signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
            Vector(
                name: "post-vanilla-query", method: "POST", query: [("Param1", "value1")],
                signature: "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"),
            Vector(
                name: "post-header-key-sort", method: "POST", headers: [("My-Header1", "value1")],
                signature: "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"),
            Vector(
                name: "post-header-value-case", method: "POST", headers: [("My-Header1", "VALUE1")],
                signature: "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"),
            Vector(
                name: "post-x-www-form-urlencoded", method: "POST",
                headers: [("Content-Type", "application/x-www-form-urlencoded")], body: "Param1=value1",
                signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
            Vector(
                name: "post-x-www-form-urlencoded-parameters", method: "POST",
                headers: [("Content-Type", "application/x-www-form-urlencoded; charset=utf8")], body: "Param1=value1",
                signature: "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe"),
            // AWS IAM User Guide, "Create a signed AWS API request".
            Vector(
                name: "iam-list-users", query: [("Action", "ListUsers"), ("Version", "2010-05-08")],
                headers: [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")], service: "iam",
                host: "iam.amazonaws.com",
                signature: "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"),
        ]

        @Test(arguments: vectors) func `AWS's vectors`(vector: Vector) {
            let credentials = AWSCredentials(
                accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
            let request = SignatureV4.Request(
                method: vector.method, path: vector.path, query: vector.query,
                headers: [("host", vector.host)] + vector.headers, body: Array(vector.body.utf8))
            let signer = SignatureV4(credentials: credentials, region: "us-east-1", service: vector.service)
            let signature = signer.sign(request, at: 1_440_938_160).first { $0.name == "authorization" }?.value
                .split(separator: "Signature=").last.map(String.init)
            #expect(signature == vector.signature)
        }

        @Test(arguments: [
            ("/", "/"), ("", "/"), ("/..", "/"), ("/a/../..", "/"), ("/a/.", "/a/"), ("/a/b/..", "/a/"),
            ("/a//b", "/a/b"), ("/.a/..b/...", "/.a/..b/..."), ("/a/", "/a/"), ("/a/./", "/a/"),
        ]) func `dot segments are removed`(path: String, expected: String) {
            #expect(SignatureV4.normalized(path) == expected)
        }
    }
#endif
