-- title: Requests of a CLB access log, and the connections of its TCP and SSL listeners
-- The record time is when the request came in.
SELECT
    time,
    CAST(NULL AS varchar(1)) AS created,
    0 AS lasted_ns,
    CASE WHEN elb_status_code = '-' AND backend_status_code IN ('-', '0') AND request IN ('- - -', '- - - ') THEN 1 ELSE 0 END AS is_connection,
    CASE WHEN backend_ip IS NULL THEN 1 ELSE 0 END AS failed,
    client_ip AS client,
    CASE WHEN backend_ip IS NOT NULL THEN backend_ip || ':' || backend_port END AS target,
    nullif(backend_port, '0') AS target_port,
    nullif(regexp_replace(regexp_extract(request, '^[^ ]+ [A-Za-z0-9+.-]+://(?:[^/?# ]*@)?([^/?# ]*)', 1), ':[0-9]*$', ''), '') AS domain,
    nullif(nullif(regexp_extract(request, '^([^ ]+)', 1), '-'), '') AS method,
    nullif(elb_status_code, '-') AS status,
    CAST(NULL AS varchar(1)) AS error_reason,
    nullif(ssl_protocol, '-') AS tls_version,
    nullif(ssl_cipher, '-') AS tls_cipher,
    CAST(NULL AS varchar(1)) AS target_group,
    CAST(NULL AS varchar(1)) AS node,
    nullif(elb, '-') AS load_balancer,
    user_agent,
    CAST(NULL AS varchar(1)) AS trace,
    0 AS upgraded,
    received_bytes AS received_text,
    sent_bytes AS sent_text,
    TRY_CAST(request_processing_time AS double) AS request_s,
    TRY_CAST(backend_processing_time AS double) AS target_s,
    TRY_CAST(response_processing_time AS double) AS response_s,
    CAST(NULL AS bigint) AS duration_ns,
    CAST(NULL AS bigint) AS tls_handshake_ns,
    unmatched,
    regexp_like(unmatched, '^[a-z0-9]+ |^[^ ]+ [0-9A-Fa-f:.]+ [0-9]+ [0-9]+ ') AS is_other_log
FROM {{database}}.{{table}}
WHERE {{days}} AND (unmatched IS NOT NULL OR time >= {{since}} AND time < {{until}})
