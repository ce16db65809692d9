#if Cloud
    import Foundation

    /// What AWS said when it did not do what it was asked: an error code, in XML, JSON or a header.
    package struct ServiceRefusal: Sendable, Equatable {
        /// The HTTP status.
        package var status: Int
        /// Such as `AccessDenied`; empty where the answer does not say.
        package var code: String
        package var message: String

        package init(status: Int, code: String, message: String) {
            self.status = status
            self.code = code
            self.message = message
        }

        private struct Document: Decodable {
            var __type: String?
            var message: String?
            var Message: String?
        }

        /// Reads the code and message of an answer, whichever of AWS's forms it has; of the body at most 16 KiB.
        package init(_ answer: HTTPTransport.Answer) {
            status = answer.status
            let text = String(answer.text.prefix(1 << 14))
            if let document = try? JSONDecoder().decode(Document.self, from: Data(text.utf8)) {
                code = document.__type ?? answer.headers["x-amzn-errortype"] ?? ""
                message = document.message ?? document.Message ?? ""
            } else {
                code = Self.element("Code", in: text) ?? answer.headers["x-amzn-errortype"] ?? ""
                message = Self.element("Message", in: text) ?? ""
            }
            // `com.amazon.coral.service#AccessDeniedException:http://…`
            code = String(code.split(separator: "#").last ?? "")
            code = String(code.split(separator: ":").first ?? "")
        }

        /// The text of the first element of a name.
        static func element(_ name: String, in text: String) -> String? {
            guard let start = text.firstRange(of: "<\(name)>"),
                let end = text[start.upperBound...].firstRange(of: "</\(name)>")
            else { return nil }
            return String(text[start.upperBound..<end.lowerBound])
        }

        /// Whether the same request may be answered a little later.
        package var isTemporary: Bool {
            let codes: Set = [
                "SlowDown", "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled",
                "RequestThrottledException", "RequestLimitExceeded", "TooManyRequestsException", "RequestTimeout",
                "ServiceUnavailable", "ServiceUnavailableException", "InternalError", "InternalFailure",
                "OperationAbortedException", "BandwidthLimitExceeded",
            ]
            return status == 429 || status >= 500 || codes.contains(code)
        }

        /// Whether AWS finds that the request is too old or comes from the future.
        package var isAboutTime: Bool {
            let codes: Set = ["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"]
            let signature: Set = ["InvalidSignatureException", "SignatureDoesNotMatch"]
            return codes.contains(code)
                || (signature.contains(code)
                    && (message.contains("expired") || message.contains("not yet current")))
        }

        /// Whether the keys themselves are unknown, wrong or have ended.
        package var isAboutCredentials: Bool {
            let codes: Set = [
                "ExpiredToken", "ExpiredTokenException", "InvalidToken", "InvalidAccessKeyId", "InvalidClientTokenId",
                "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidSignatureException", "AuthFailure",
                "MissingAuthenticationToken", "MissingAuthenticationTokenException",
            ]
            return codes.contains(code)
        }

        /// Whether the caller may not do it.
        package var isDenial: Bool {
            let codes: Set = [
                "AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException",
                "UnauthorizedOperation", "AllAccessDisabled", "AccountProblem",
            ]
            return codes.contains(code) || status == 403
        }

        /// The error for the user.
        ///
        /// - Parameter action: the IAM action that the request needs, such as `s3:GetObject`.
        package func error(_ subject: String, action: String) -> CloudError {
            let said = code.isEmpty ? "status \(status)" : code
            if isTemporary {
                return CloudError(
                    .unavailable, subject, problem: "the service is busy or failing (\(said))",
                    remedy: "run the command again later")
            }
            if isAboutTime {
                return CloudError(
                    .accessDenied, subject, problem: "refused because this machine's clock is wrong (\(said))",
                    remedy: "set the clock")
            }
            if isAboutCredentials {
                return CloudError(
                    .accessDenied, subject, problem: "the credentials are not accepted (\(said))",
                    remedy: "renew them, or name another --profile")
            }
            if isDenial {
                return CloudError(
                    .accessDenied, subject, problem: "access denied (\(said))",
                    remedy: "allow the caller \(action) on it")
            }
            if status == 404 {
                return CloudError(.notFound, subject, problem: "does not exist (\(said))", remedy: "check the name")
            }
            let detail = message.isEmpty ? said : "\(said): \(message.prefix(200))"
            return CloudError(
                .malformed, subject, problem: "refused (\(detail))", remedy: "check the region and the endpoint")
        }
    }
#endif
