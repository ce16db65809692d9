-- title: Requests of an ALB access log
-- Without a time of creation a line has no start, and the sum of its phases.
SELECT
    time,
    request_creation_time AS created,
    CAST(NULL AS bigint) AS lasted_ns,
    0 AS is_connection,
    0 AS failed,
    client_ip AS client,
    CASE WHEN target_ip IS NOT NULL THEN target_ip || ':' || target_port END AS target,
    target_port,
    coalesce(nullif(domain_name, '-'), nullif(regexp_replace(regexp_extract(request, '^[^ ]+ [A-Za-z0-9+.-]+://(?:[^/?# ]*@)?([^/?# ]*)', 1), ':[0-9]*$', ''), '')) AS domain,
    nullif(nullif(regexp_extract(request, '^([^ ]+)', 1), '-'), '') AS method,
    nullif(elb_status_code, '-') AS status,
    nullif(error_reason, '-') AS error_reason,
    nullif(ssl_protocol, '-') AS tls_version,
    nullif(ssl_cipher, '-') AS tls_cipher,
    nullif(target_group_arn, '-') AS target_group,
    nullif(ip_address, '-') AS node,
    nullif(elb, '-') AS load_balancer,
    user_agent,
    nullif(conn_trace_id, '-') AS trace,
    CASE WHEN type IN ('ws', 'wss') THEN 1 ELSE 0 END AS upgraded,
    received_bytes AS received_text,
    sent_bytes AS sent_text,
    TRY_CAST(request_processing_time AS double) AS request_s,
    TRY_CAST(target_processing_time AS double) AS target_s,
    TRY_CAST(response_processing_time AS double) AS response_s,
    CAST(NULL AS bigint) AS duration_ns,
    CAST(NULL AS bigint) AS tls_handshake_ns,
    unmatched,
    regexp_like(unmatched, '^(tls [0-9.]+ |[0-9]{4}-[0-9]{2}-)|^(http|https|h2|grpc|lambda) [^ ]+ [^ ]+ [^ ]+ [^ ]+ (PASS|FAIL) ') AS is_other_log
FROM {{database}}.{{table}}
WHERE {{days}} AND (unmatched IS NOT NULL OR time >= {{since}} AND time < {{until}})
