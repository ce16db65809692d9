-- title: Connections of an NLB access log
-- One row for each line of the window: `end_us` is the record time and `start_us` the start, both in microseconds since 1970;
-- what ends in `_ns` is in nanoseconds. Absent is NULL. No function turns a text into an instant in Athena and Spark alike: days
-- are counted from the civil date, with years that begin in March. The start is the end less the duration, as exact as that: milliseconds.
SELECT
    end_us,
    end_us - CAST(floor(coalesce(duration_ns, 0) / 1e3) AS bigint) AS start_us,
    0 AS requests,
    1 AS connections,
    0 AS health,
    client,
    target,
    target_port,
    domain,
    method,
    status,
    error_reason,
    tls_version,
    tls_cipher,
    target_group,
    node,
    load_balancer,
    CASE WHEN tls_handshake_ns IS NULL THEN 1 ELSE 0 END AS error,
    0 AS client_error,
    0 AS server_error,
    0 AS timeout,
    1 AS opened,
    received,
    sent,
    CAST(NULL AS bigint) AS request_ns,
    CAST(NULL AS bigint) AS target_ns,
    CAST(NULL AS bigint) AS response_ns,
    CAST(NULL AS bigint) AS total_ns,
    duration_ns AS duration_ns,
    tls_handshake_ns AS tls_handshake_ns,
    CAST(NULL AS varchar(1)) AS trace,
    0 AS upgraded,
    rejected
FROM (
    SELECT
        CAST((365 * ended_year + floor(ended_year / 4e0) - floor(ended_year / 100e0) + floor(ended_year / 400e0)
            + floor((153 * ended_month + 2) / 5e0) + ended_day - 719469) * 86400e6
            + ended_clock * 1e6 + ended_fraction AS bigint) AS end_us,
        client, target, target_port, domain, method, status, error_reason, tls_version, tls_cipher, target_group, node,
        load_balancer, received, sent, duration_ns, tls_handshake_ns, rejected
    FROM (
        SELECT
            TRY_CAST(substr(time, 1, 4) AS double) - CASE WHEN substr(time, 6, 2) > '02' THEN 0 ELSE 1 END AS ended_year,
            TRY_CAST(substr(time, 6, 2) AS double) + CASE WHEN substr(time, 6, 2) > '02' THEN -3 ELSE 9 END AS ended_month,
            TRY_CAST(substr(time, 9, 2) AS double) AS ended_day,
            TRY_CAST(substr(time, 12, 2) AS double) * 3600 + TRY_CAST(substr(time, 15, 2) AS double) * 60 AS ended_clock,
            round(TRY_CAST(replace(substr(time, 18), 'Z', '') AS double) * 1e6) AS ended_fraction,
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
            CASE WHEN length(received_bytes) > 18 THEN 999999999999999999 ELSE TRY_CAST(received_bytes AS bigint) END AS received,
            CASE WHEN length(sent_bytes) > 18 THEN 999999999999999999 ELSE TRY_CAST(sent_bytes AS bigint) END AS sent,
            CASE WHEN TRY_CAST(connection_time AS bigint) >= 0 THEN TRY_CAST(connection_time AS bigint) * 1000000 END AS duration_ns,
            CASE WHEN TRY_CAST(tls_handshake_time AS bigint) >= 0 THEN TRY_CAST(tls_handshake_time AS bigint) * 1000000 END AS tls_handshake_ns,
            CASE WHEN unmatched IS NULL THEN NULL
                WHEN trim(unmatched) = '' THEN 'blank'
                WHEN regexp_like(unmatched, '^([a-z0-9]+ )?[0-9]{4}-[0-9]{2}-[0-9]{2}T[^ ]+ ') THEN 'other-log'
                ELSE 'malformed' END AS rejected
        FROM {{database}}.{{table}}
        WHERE {{days}} AND (unmatched IS NOT NULL OR time >= {{since}} AND time < {{until}})
    ) AS lines
) AS connections
