-- title: Connections of an ALB connection log
-- The log does not tell when a connection closed.
SELECT
    time,
    CAST(NULL AS varchar(1)) AS created,
    0 AS lasted_ns,
    1 AS is_connection,
    CASE WHEN nullif(tls_protocol, '-') IS NOT NULL AND coalesce(TRY_CAST(tls_handshake_latency AS double), -1) < 0
        OR coalesce(tls_verify_status, '-') NOT IN ('-', '', 'Success') THEN 1 ELSE 0 END AS failed,
    nullif(client_ip, '-') AS client,
    CAST(NULL AS varchar(1)) AS target,
    nullif(nullif(listener_port, '0'), '-') AS target_port,
    CAST(NULL AS varchar(1)) AS domain,
    CAST(NULL AS varchar(1)) AS method,
    CAST(NULL AS varchar(1)) AS status,
    CASE WHEN tls_verify_status IN ('-', '', 'Success') THEN NULL ELSE replace(tls_verify_status, 'Failed:', '') END AS error_reason,
    nullif(tls_protocol, '-') AS tls_version,
    nullif(tls_cipher, '-') AS tls_cipher,
    CAST(NULL AS varchar(1)) AS target_group,
    nullif(ip_address, '-') AS node,
    nullif(elb, '-') AS load_balancer,
    CAST(NULL AS varchar(1)) AS user_agent,
    CAST(NULL AS varchar(1)) AS trace,
    0 AS upgraded,
    CAST(NULL AS varchar(1)) AS received_text,
    CAST(NULL AS varchar(1)) AS sent_text,
    CAST(NULL AS double) AS request_s,
    CAST(NULL AS double) AS target_s,
    CAST(NULL AS double) AS response_s,
    CAST(NULL AS bigint) AS duration_ns,
    CASE WHEN TRY_CAST(tls_handshake_latency AS double) >= 0 THEN CAST(round(TRY_CAST(tls_handshake_latency AS double) * 1e9) AS bigint) END AS tls_handshake_ns,
    unmatched,
    regexp_like(unmatched, '^[a-z0-9]+ |^[^ ]+ [^ ]+ [0-9A-Fa-f:.]+:[0-9]+ ') AS is_other_log
FROM {{database}}.{{table}}
WHERE {{days}} AND (unmatched IS NOT NULL OR time >= {{since}} AND time < {{until}})
