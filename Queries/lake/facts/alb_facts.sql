-- title: Requests of an ALB access log
-- One row for each line of the window: `end_us` is the record time and `start_us` the start, both in microseconds since 1970;
-- what ends in `_ns` is in nanoseconds. Absent is NULL. No function turns a text into an instant in Athena and Spark alike: days
-- are counted from the civil date, with years that begin in March. Without a time of creation a line has the sum of its phases.
SELECT
    end_us,
    start_us,
    1 AS requests,
    0 AS connections,
    CASE WHEN user_agent LIKE 'ELB-HealthChecker/%' THEN 1 ELSE 0 END AS health,
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
    CASE WHEN status IS NULL OR status = '000' OR substr(status, 1, 1) IN ('4', '5') THEN 1 ELSE 0 END AS error,
    CASE WHEN substr(status, 1, 1) = '4' THEN 1 ELSE 0 END AS client_error,
    CASE WHEN substr(status, 1, 1) = '5' THEN 1 ELSE 0 END AS server_error,
    CASE WHEN status IN ('408', '504') THEN 1 ELSE 0 END AS timeout,
    0 AS opened,
    received,
    sent,
    request_ns AS request_ns,
    target_ns AS target_ns,
    response_ns AS response_ns,
    CASE WHEN start_us IS NULL THEN request_ns + target_ns + response_ns WHEN end_us >= start_us THEN (end_us - start_us) * 1000 END AS total_ns,
    CAST(NULL AS bigint) AS duration_ns,
    CAST(NULL AS bigint) AS tls_handshake_ns,
    trace AS trace,
    CASE WHEN type IN ('ws', 'wss') THEN 1 ELSE 0 END AS upgraded,
    rejected
FROM (
    SELECT
        CAST((365 * ended_year + floor(ended_year / 4e0) - floor(ended_year / 100e0) + floor(ended_year / 400e0)
            + floor((153 * ended_month + 2) / 5e0) + ended_day - 719469) * 86400e6
            + ended_clock * 1e6 + ended_fraction AS bigint) AS end_us,
        CAST((365 * created_year + floor(created_year / 4e0) - floor(created_year / 100e0) + floor(created_year / 400e0)
            + floor((153 * created_month + 2) / 5e0) + created_day - 719469) * 86400e6
            + created_clock * 1e6 + created_fraction AS bigint) AS start_us,
        type, client_ip AS client, target, target_port, domain, method, status, error_reason, tls_version, tls_cipher,
        target_group, node, load_balancer, user_agent, received, sent, request_ns, target_ns, response_ns, trace, rejected
    FROM (
        SELECT
            TRY_CAST(substr(time, 1, 4) AS double) - CASE WHEN substr(time, 6, 2) > '02' THEN 0 ELSE 1 END AS ended_year,
            TRY_CAST(substr(time, 6, 2) AS double) + CASE WHEN substr(time, 6, 2) > '02' THEN -3 ELSE 9 END AS ended_month,
            TRY_CAST(substr(time, 9, 2) AS double) AS ended_day,
            TRY_CAST(substr(time, 12, 2) AS double) * 3600 + TRY_CAST(substr(time, 15, 2) AS double) * 60 AS ended_clock,
            round(TRY_CAST(replace(substr(time, 18), 'Z', '') AS double) * 1e6) AS ended_fraction,
            TRY_CAST(substr(request_creation_time, 1, 4) AS double) - CASE WHEN substr(request_creation_time, 6, 2) > '02' THEN 0 ELSE 1 END AS created_year,
            TRY_CAST(substr(request_creation_time, 6, 2) AS double) + CASE WHEN substr(request_creation_time, 6, 2) > '02' THEN -3 ELSE 9 END AS created_month,
            TRY_CAST(substr(request_creation_time, 9, 2) AS double) AS created_day,
            TRY_CAST(substr(request_creation_time, 12, 2) AS double) * 3600 + TRY_CAST(substr(request_creation_time, 15, 2) AS double) * 60 AS created_clock,
            round(TRY_CAST(replace(substr(request_creation_time, 18), 'Z', '') AS double) * 1e6) AS created_fraction,
            type,
            client_ip,
            CASE WHEN target_ip IS NOT NULL THEN target_ip || ':' || target_port END AS target,
            target_port,
            coalesce(nullif(domain_name, '-'), nullif(regexp_replace(regexp_extract(request, '^[^ ]+ [A-Za-z0-9+.-]+://([^/?# ]*)', 1), ':[0-9]*$', ''), '')) AS domain,
            nullif(nullif(regexp_extract(request, '^([^ ]+)', 1), '-'), '') AS method,
            nullif(elb_status_code, '-') AS status,
            nullif(error_reason, '-') AS error_reason,
            nullif(ssl_protocol, '-') AS tls_version,
            nullif(ssl_cipher, '-') AS tls_cipher,
            nullif(target_group_arn, '-') AS target_group,
            nullif(ip_address, '-') AS node,
            nullif(elb, '-') AS load_balancer,
            user_agent,
            CASE WHEN length(received_bytes) > 18 THEN 999999999999999999 ELSE TRY_CAST(received_bytes AS bigint) END AS received,
            CASE WHEN length(sent_bytes) > 18 THEN 999999999999999999 ELSE TRY_CAST(sent_bytes AS bigint) END AS sent,
            CASE WHEN TRY_CAST(request_processing_time AS double) >= 0 THEN CAST(round(TRY_CAST(request_processing_time AS double) * 1e9) AS bigint) END AS request_ns,
            CASE WHEN TRY_CAST(target_processing_time AS double) >= 0 THEN CAST(round(TRY_CAST(target_processing_time AS double) * 1e9) AS bigint) END AS target_ns,
            CASE WHEN TRY_CAST(response_processing_time AS double) >= 0 THEN CAST(round(TRY_CAST(response_processing_time AS double) * 1e9) AS bigint) END AS response_ns,
            nullif(conn_trace_id, '-') AS trace,
            CASE WHEN unmatched IS NULL THEN NULL
                WHEN trim(unmatched) = '' THEN 'blank'
                WHEN regexp_like(unmatched, '^(tls [0-9.]+ |[0-9]{4}-[0-9]{2}-)|^(http|https|h2|grpc|lambda) [^ ]+ [^ ]+ [^ ]+ [^ ]+ (PASS|FAIL) ') THEN 'other-log'
                ELSE 'malformed' END AS rejected
        FROM {{database}}.{{table}}
        WHERE {{days}} AND (unmatched IS NOT NULL OR time >= {{since}} AND time < {{until}})
    ) AS lines
) AS requests
