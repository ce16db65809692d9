#if Cloud
    import Foundation

    /// Finds credentials and region where the AWS SDKs find them, in their order.
    ///
    /// Environment, shared files (`~/.aws/credentials`, `~/.aws/config`, with profiles), container endpoint, IMDSv2.
    /// AWS SDKs and Tools Reference Guide, "Standardized credential providers".
    package struct CredentialChain: Sendable {
        private let environment: [String: String]
        private let profile: String
        /// A profile that the user names goes before the credentials of the environment.
        private let isProfileNamed: Bool
        private let transport: HTTPTransport

        /// - Parameter profile: the name given by the user; `nil` takes AWS_PROFILE, else `default`.
        package init(environment: [String: String], profile: String?, transport: HTTPTransport) {
            self.environment = environment
            self.profile = profile ?? environment["AWS_PROFILE"] ?? "default"
            isProfileNamed = profile != nil
            self.transport = transport
        }

        /// Returns the first credentials that the chain finds.
        ///
        /// - Throws: `CloudError.noCredentials` naming the places that were looked at.
        package func credentials() throws(CloudError) -> AWSCredentials {
            if !isProfileNamed, let found = fromEnvironment() { return found }
            if let found = try fromSharedFiles() { return found }
            if let found = try fromContainer() { return found }
            if isOnInstance, let found = fromInstance() { return found }
            throw CloudError(
                .noCredentials, "AWS",
                problem:
                    "no credentials in the environment, the shared files (profile \(profile)), a container or this "
                    + "instance",
                remedy: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a --profile")
        }

        /// The region of the environment, the profile or this instance, or `nil`; a profile that is named goes before the
        /// environment for credentials alone, as with the AWS tools.
        package func region() -> String? {
            let named = ["AWS_REGION", "AWS_DEFAULT_REGION"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
            if let region = named ?? configuration["region"] { return region }
            guard isOnInstance, let headers = instanceToken(),
                let answer = try? transport.send(
                    method: "GET", url: instanceBase + "/latest/meta-data/placement/region", headers: headers, body: []),
                answer.status == 200
            else { return nil }
            return answer.text
        }

        /// The endpoint that the environment or the profile names for a service, such as `S3`, or for all; or `nil`.
        package func endpoint(service: String) -> String? {
            guard environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"]?.lowercased() != "true" else { return nil }
            let names = ["AWS_ENDPOINT_URL_\(service)", "AWS_ENDPOINT_URL"]
            return names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? configuration["endpoint_url"]
        }

        /// The profile's section of `~/.aws/config`.
        private var configuration: [String: String] {
            section("config", name: profile == "default" ? "default" : "profile \(profile)")
        }

        private func fromEnvironment() -> AWSCredentials? {
            guard let key = environment["AWS_ACCESS_KEY_ID"], let secret = environment["AWS_SECRET_ACCESS_KEY"],
                !key.isEmpty, !secret.isEmpty
            else { return nil }
            return AWSCredentials(
                accessKeyID: key, secretAccessKey: secret,
                sessionToken: environment["AWS_SESSION_TOKEN"].flatMap { $0.isEmpty ? nil : $0 })
        }

        private func fromSharedFiles() throws(CloudError) -> AWSCredentials? {
            let sections = [section("credentials", name: profile), configuration]
            for values in sections {
                if let key = values["aws_access_key_id"], let secret = values["aws_secret_access_key"] {
                    return AWSCredentials(
                        accessKeyID: key, secretAccessKey: secret, sessionToken: values["aws_session_token"])
                }
            }
            let indirect = ["sso_session", "sso_start_url", "role_arn", "credential_process", "login_session"]
            if let way = indirect.first(where: { name in sections.contains { $0[name] != nil } }) {
                throw CloudError(
                    .noCredentials, "profile \(profile)",
                    problem: "gets its credentials by \(way), which is not done here",
                    remedy:
                        "run `eval \"$(aws configure export-credentials --profile \(profile) --format env)\"` first, "
                        + "and leave out --profile")
            }
            guard !isProfileNamed else {
                throw CloudError(
                    .noCredentials, "profile \(profile)", problem: "has no keys in ~/.aws/credentials or ~/.aws/config",
                    remedy: "name another --profile, or run `aws configure --profile \(profile)`")
            }
            return nil
        }

        /// The settings of one section of `~/.aws/credentials` or `~/.aws/config`.
        private func section(_ file: String, name: String) -> [String: String] {
            let variable = file == "config" ? "AWS_CONFIG_FILE" : "AWS_SHARED_CREDENTIALS_FILE"
            let path = environment[variable] ?? "\(environment["HOME"] ?? "")/.aws/\(file)"
            guard let data = FileManager.default.contents(atPath: path) else { return [:] }
            return Self.parse(String(decoding: data, as: UTF8.self), section: name)
        }

        /// Reads one section of an INI file as the AWS tools write it.
        package static func parse(_ text: String, section: String) -> [String: String] {
            var values: [String: String] = [:]
            var isInside = false
            for line in text.split(whereSeparator: \.isNewline) {
                let trimmed = line.trimmingCharacters(in: .whitespaces)
                if trimmed.hasPrefix("#") || trimmed.hasPrefix(";") { continue }
                if trimmed.hasPrefix("[") {
                    let name = trimmed.dropFirst().prefix { $0 != "]" }.trimmingCharacters(in: .whitespaces)
                    isInside = name == section
                } else if isInside, let equals = trimmed.firstIndex(of: "=") {
                    let name = trimmed[..<equals].trimmingCharacters(in: .whitespaces)
                    values[name] = trimmed[trimmed.index(after: equals)...].trimmingCharacters(in: .whitespaces)
                }
            }
            return values
        }

        private func fromContainer() throws(CloudError) -> AWSCredentials? {
            let url: String
            if let relative = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"], !relative.isEmpty {
                url = "http://169.254.170.2\(relative)"
            } else if let full = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"], !full.isEmpty {
                guard Self.isAllowed(full) else {
                    throw CloudError(
                        .usage, "AWS_CONTAINER_CREDENTIALS_FULL_URI", problem: "is plain http to another host",
                        remedy: "use https")
                }
                url = full
            } else {
                return nil
            }
            var headers: [(name: String, value: String)] = []
            if let path = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"],
                let data = FileManager.default.contents(atPath: path)
            {
                headers.append(
                    (
                        "authorization",
                        String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
                    ))
            } else if let token = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] {
                headers.append(("authorization", token))
            }
            let answer = try transport.send(method: "GET", url: url, headers: headers, body: [])
            return Self.decode(answer.body)
        }

        /// Plain http is for loopback and the container endpoints alone.
        package static func isAllowed(_ url: String) -> Bool {
            guard let parts = URLComponents(string: url), let host = parts.host else { return false }
            if parts.scheme == "https" { return true }
            let hosts = [
                "localhost", "127.0.0.1", "::1", "[::1]", "169.254.170.2", "169.254.170.23", "fd00:ec2::23",
                "[fd00:ec2::23]",
            ]
            return parts.scheme == "http" && hosts.contains(host)
        }

        private var isOnInstance: Bool { environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true" }
        private var instanceBase: String {
            let base = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ?? "http://169.254.169.254"
            return base.hasSuffix("/") ? String(base.dropLast()) : base
        }

        /// The header that questions to the instance's metadata service need (IMDSv2), or `nil` where there is none.
        private func instanceToken() -> [(name: String, value: String)]? {
            guard
                let token = try? transport.send(
                    method: "PUT", url: "\(instanceBase)/latest/api/token",
                    headers: [("x-aws-ec2-metadata-token-ttl-seconds", "21600")], body: []), token.status == 200
            else { return nil }
            return [(name: "x-aws-ec2-metadata-token", value: token.text)]
        }

        /// The id of the instance that this is, or `nil`.
        package func instanceID() -> String? {
            guard isOnInstance, let headers = instanceToken(),
                let answer = try? transport.send(
                    method: "GET", url: "\(instanceBase)/latest/meta-data/instance-id", headers: headers, body: []),
                answer.status == 200, answer.text.utf8.count < 100, !answer.text.isEmpty
            else { return nil }
            return answer.text
        }

        private func fromInstance() -> AWSCredentials? {
            let path = "\(instanceBase)/latest/meta-data/iam/security-credentials/"
            guard let headers = instanceToken(),
                let role = try? transport.send(method: "GET", url: path, headers: headers, body: []),
                role.status == 200, let name = role.text.split(whereSeparator: \.isNewline).first,
                let answer = try? transport.send(method: "GET", url: path + name, headers: headers, body: [])
            else { return nil }
            return Self.decode(answer.body)
        }

        private struct Document: Decodable {
            var AccessKeyId: String
            var SecretAccessKey: String
            var Token: String?
            var Expiration: String?
        }

        private static func decode(_ body: [UInt8]) -> AWSCredentials? {
            guard let document = try? JSONDecoder().decode(Document.self, from: Data(body)) else { return nil }
            let end = document.Expiration.flatMap { ISO8601DateFormatter().date(from: $0) }
            return AWSCredentials(
                accessKeyID: document.AccessKeyId, secretAccessKey: document.SecretAccessKey,
                sessionToken: document.Token,
                expiration: end.map { Int64($0.timeIntervalSince1970) })
        }
    }
#endif
