/// The columns of an ALB access log, in the order of the format.
///
/// AWS, "Access logs for your Application Load Balancer": access log entries.
enum ALBColumn {
    static let type = 0
    static let time = 1
    static let elb = 2
    static let client = 3
    static let target = 4
    static let requestProcessingTime = 5
    static let targetStatusCode = 9
    static let receivedBytes = 10
    static let sentBytes = 11
    static let request = 12
    static let userAgent = 13
    static let sslCipher = 14
    static let sslProtocol = 15
    static let targetGroupARN = 16
    static let traceID = 17
    static let domainName = 18
    static let chosenCertARN = 19
    static let matchedRulePriority = 20
    static let requestCreationTime = 21
    static let actionsExecuted = 22
    static let redirectURL = 23
    static let errorReason = 24
    static let targetList = 25
    static let targetStatusList = 26
    static let classification = 27
    static let classificationReason = 28
    static let connTraceID = 29
    static let transformedHost = 30
    static let transformedURI = 31
    static let requestTransformStatus = 32
    static let ipAddress = 33
    static let targetErrorCode = 34
    static let elbErrorCode = 35

    /// The oldest form has the columns through `sent_bytes`; later ones were appended over the years.
    static let minimum = 12

    static let names: [StaticString] = [
        "type", "time", "elb", "client:port", "target:port", "request_processing_time", "target_processing_time",
        "response_processing_time", "elb_status_code", "target_status_code", "received_bytes", "sent_bytes",
        "request_line", "user_agent", "ssl_cipher", "ssl_protocol", "target_group_arn", "trace_id", "domain_name",
        "chosen_cert_arn", "matched_rule_priority", "request_creation_time", "actions_executed", "redirect_url",
        "error_reason", "target:port_list", "target_status_code_list", "classification", "classification_reason",
        "conn_trace_id", "transformed_host", "transformed_uri", "request_transform_status", "ip_address",
        "target_error_code", "elb_error_code",
    ]
}
