-- title: Requests of a CLB access log, and the connections of its TCP and SSL listeners
-- One row for each line of the window: `end_us` is the record time and `start_us` the start, both in microseconds since 1970;
-- what ends in `_ns` is in nanoseconds. Absent is NULL. No function turns a text into an instant in Athena and Spark alike: days
-- are counted from the civil date, with years that begin in March. The record time is when the request came in.
SELECT
    end_us,
    end_us AS start_us,
    1 - is_connection AS requests,
    is_connection AS connections,
    CASE WHEN is_connection = 1 THEN 0 ELSE CASE WHEN user_agent LIKE 'ELB-HealthChecker/%' THEN 1 ELSE 0 END END AS health,
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
    CASE WHEN is_connection = 1 THEN 0 ELSE CASE WHEN status IS NULL OR status = '000' OR substr(status, 1, 1) IN ('4', '5') THEN 1 ELSE 0 END END AS error,
    CASE WHEN is_connection = 1 THEN 0 ELSE CASE WHEN substr(status, 1, 1) = '4' THEN 1 ELSE 0 END END AS client_error,
    CASE WHEN is_connection = 1 THEN 0 ELSE CASE WHEN substr(status, 1, 1) = '5' THEN 1 ELSE 0 END END AS server_error,
    CASE WHEN is_connection = 1 THEN 0 ELSE CASE WHEN status IN ('408', '504') THEN 1 ELSE 0 END END AS timeout,
    is_connection AS opened,
    received,
    sent,
    CASE WHEN is_connection = 0 THEN request_ns END AS request_ns,
    CASE WHEN is_connection = 0 THEN target_ns END AS target_ns,
    CASE WHEN is_connection = 0 THEN response_ns END AS response_ns,
    CASE WHEN is_connection = 0 THEN request_ns + target_ns + response_ns END AS total_ns,
    CAST(NULL AS bigint) AS duration_ns,
    CAST(NULL AS bigint) AS tls_handshake_ns,
    CAST(NULL AS varchar(1)) AS trace,
    0 AS upgraded,
    rejected
FROM (
    SELECT
        CAST((365 * ended_year + floor(ended_year / 4e0) - floor(ended_year / 100e0) + floor(ended_year / 400e0)
            + floor((153 * ended_month + 2) / 5e0) + ended_day - 719469) * 86400e6
            + ended_clock * 1e6 + ended_fraction AS bigint) AS end_us,
        client, target, target_port, domain, method, status, error_reason, tls_version, tls_cipher, target_group, node,
        load_balancer, user_agent, received, sent, request_ns, target_ns, response_ns, is_connection, rejected
    FROM (
        SELECT
            TRY_CAST(substr(time, 1, 4) AS double) - CASE WHEN substr(time, 6, 2) > '02' THEN 0 ELSE 1 END AS ended_year,
            TRY_CAST(substr(time, 6, 2) AS double) + CASE WHEN substr(time, 6, 2) > '02' THEN -3 ELSE 9 END AS ended_month,
            TRY_CAST(substr(time, 9, 2) AS double) AS ended_day,
            TRY_CAST(substr(time, 12, 2) AS double) * 3600 + TRY_CAST(substr(time, 15, 2) AS double) * 60 AS ended_clock,
            round(TRY_CAST(replace(substr(time, 18), 'Z', '') AS double) * 1e6) AS ended_fraction,
            client_ip AS client,
            CASE WHEN backend_ip IS NOT NULL THEN backend_ip || ':' || backend_port END AS target,
            nullif(backend_port, '0') AS target_port,
            nullif(regexp_replace(regexp_extract(request, '^[^ ]+ [A-Za-z0-9+.-]+://([^/?# ]*)', 1), ':[0-9]*$', ''), '') AS domain,
            nullif(nullif(regexp_extract(request, '^([^ ]+)', 1), '-'), '') AS method,
            nullif(elb_status_code, '-') AS status,
            CAST(NULL AS varchar(1)) AS error_reason,
            nullif(ssl_protocol, '-') AS tls_version,
            nullif(ssl_cipher, '-') AS tls_cipher,
            CAST(NULL AS varchar(1)) AS target_group,
            CAST(NULL AS varchar(1)) AS node,
            nullif(elb, '-') AS load_balancer,
            user_agent,
            CASE WHEN length(received_bytes) > 18 THEN 999999999999999999 ELSE TRY_CAST(received_bytes AS bigint) END AS received,
            CASE WHEN length(sent_bytes) > 18 THEN 999999999999999999 ELSE TRY_CAST(sent_bytes AS bigint) END AS sent,
            CASE WHEN TRY_CAST(request_processing_time AS double) >= 0 THEN CAST(round(TRY_CAST(request_processing_time AS double) * 1e9) AS bigint) END AS request_ns,
            CASE WHEN TRY_CAST(backend_processing_time AS double) >= 0 THEN CAST(round(TRY_CAST(backend_processing_time AS double) * 1e9) AS bigint) END AS target_ns,
            CASE WHEN TRY_CAST(response_processing_time AS double) >= 0 THEN CAST(round(TRY_CAST(response_processing_time AS double) * 1e9) AS bigint) END AS response_ns,
            CASE WHEN elb_status_code = '-' AND backend_status_code IN ('-', '0') AND request IN ('- - -', '- - - ') THEN 1 ELSE 0 END AS is_connection,
            CASE WHEN unmatched IS NULL THEN NULL
                WHEN trim(unmatched) = '' THEN 'blank'
                WHEN regexp_like(unmatched, '^[a-z0-9]+ |^[^ ]+ [0-9A-Fa-f:.]+ [0-9]+ [0-9]+ ') THEN 'other-log'
                ELSE 'malformed' END AS rejected
        FROM {{database}}.{{table}}
        WHERE {{days}} AND (unmatched IS NOT NULL OR time >= {{since}} AND time < {{until}})
    ) AS lines
) AS requests
