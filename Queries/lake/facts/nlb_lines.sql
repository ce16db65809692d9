-- title: Connections of an NLB access log
-- The start is the end less the duration, as exact as that: milliseconds.
SELECT
    time,
    CAST(NULL AS varchar(1)) AS created,
    CASE WHEN TRY_CAST(connection_time AS bigint) >= 0 THEN TRY_CAST(connection_time AS bigint) * 1000000 ELSE 0 END AS lasted_ns,
    1 AS is_connection,
    CASE WHEN TRY_CAST(tls_handshake_time AS bigint) >= 0 THEN 0 ELSE 1 END AS failed,
    client_ip AS client,
    CAST(NULL AS varchar(1)) AS target,
    nullif(destination_port, '0') AS target_port,
    nullif(domain_name, '-') AS domain,
    CAST(NULL AS varchar(1)) AS method,
    CAST(NULL AS varchar(1)) AS status,
    'tls-alert-' || nullif(incoming_tls_alert, '-') AS error_reason,
    nullif(tls_protocol_version, '-') AS tls_version,
    nullif(tls_cipher, '-') AS tls_cipher,
    CAST(NULL AS varchar(1)) AS target_group,
    CAST(NULL AS varchar(1)) AS node,
    nullif(elb, '-') AS load_balancer,
    CAST(NULL AS varchar(1)) AS user_agent,
    CAST(NULL AS varchar(1)) AS trace,
    0 AS upgraded,
    received_bytes AS received_text,
    sent_bytes AS sent_text,
    CAST(NULL AS double) AS request_s,
    CAST(NULL AS double) AS target_s,
    CAST(NULL AS double) AS response_s,
    CASE WHEN TRY_CAST(connection_time AS bigint) >= 0 THEN TRY_CAST(connection_time AS bigint) * 1000000 END AS duration_ns,
    CASE WHEN TRY_CAST(tls_handshake_time AS bigint) >= 0 THEN TRY_CAST(tls_handshake_time AS bigint) * 1000000 END AS tls_handshake_ns,
    unmatched,
    regexp_like(unmatched, '^([a-z0-9]+ )?[0-9]{4}-[0-9]{2}-[0-9]{2}T[^ ]+ ') AS is_other_log
FROM {{database}}.{{table}}
WHERE {{days}} AND (unmatched IS NOT NULL OR time >= {{since}} AND time < {{until}})
