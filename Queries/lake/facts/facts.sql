-- title: Lines of any load balancer log as requests and connections
-- One row for each line of the window: `end_us` is the record time and `start_us` the start, both in microseconds since 1970;
-- what ends in `_ns` is in nanoseconds. Absent is NULL. `{{lines}}` is what one kind of log tells of this, its numbers and
-- times still texts. No function turns a text into an instant in Athena and Spark alike: days are counted from the civil date,
-- with years that begin in March.
SELECT
    end_us,
    start_us,
    1 - is_connection AS requests,
    is_connection AS connections,
    CASE WHEN is_connection = 0 AND user_agent LIKE 'ELB-HealthChecker/%' AND regexp_like(client,
        '^(10|127|192[.]168|169[.]254|172[.](1[6-9]|2[0-9]|3[01])|100[.](6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7]))[.]|^(f[cd][0-9a-f][0-9a-f]|fe[89ab][0-9a-f]):|^::1$')
        THEN 1 ELSE 0 END AS health,
    client,
    target,
    target_port,
    lower(regexp_replace(domain, '(.)[.]$', '$1')) AS domain,
    method,
    status,
    error_reason,
    tls_version,
    tls_cipher,
    target_group,
    node,
    load_balancer,
    CASE WHEN is_connection = 1 THEN failed
        WHEN status IS NULL OR status = '000' OR substr(status, 1, 1) IN ('4', '5') THEN 1 ELSE 0 END AS error,
    CASE WHEN is_connection = 0 AND substr(status, 1, 1) = '4' THEN 1 ELSE 0 END AS client_error,
    CASE WHEN is_connection = 0 AND substr(status, 1, 1) = '5' THEN 1 ELSE 0 END AS server_error,
    CASE WHEN is_connection = 0 AND status IN ('408', '504') THEN 1 ELSE 0 END AS timeout,
    is_connection AS opened,
    received,
    sent,
    CASE WHEN is_connection = 0 THEN request_ns END AS request_ns,
    CASE WHEN is_connection = 0 THEN target_ns END AS target_ns,
    CASE WHEN is_connection = 0 THEN response_ns END AS response_ns,
    CASE WHEN is_connection = 1 THEN NULL
        WHEN created_us IS NULL THEN request_ns + target_ns + response_ns
        WHEN end_us >= created_us THEN (end_us - created_us) * 1000 END AS total_ns,
    duration_ns,
    tls_handshake_ns,
    trace,
    upgraded,
    rejected
FROM (
    SELECT
        end_us,
        created_us,
        coalesce(created_us, end_us - CAST(floor(lasted_ns / 1e3) AS bigint)) AS start_us,
        client, target, target_port, domain, method, status, error_reason, tls_version, tls_cipher, target_group, node,
        load_balancer, user_agent, trace, upgraded, is_connection, failed, duration_ns, tls_handshake_ns, rejected,
        CASE WHEN length(received_text) > 18 THEN 999999999999999999 ELSE TRY_CAST(received_text AS bigint) END AS received,
        CASE WHEN length(sent_text) > 18 THEN 999999999999999999 ELSE TRY_CAST(sent_text AS bigint) END AS sent,
        CASE WHEN request_s >= 0 THEN CAST(round(request_s * 1e9) AS bigint) END AS request_ns,
        CASE WHEN target_s >= 0 THEN CAST(round(target_s * 1e9) AS bigint) END AS target_ns,
        CASE WHEN response_s >= 0 THEN CAST(round(response_s * 1e9) AS bigint) END AS response_ns
    FROM (
        SELECT
            dated.*,
            CAST((365 * ended_year + floor(ended_year / 4e0) - floor(ended_year / 100e0) + floor(ended_year / 400e0)
                + floor((153 * ended_month + 2) / 5e0) + ended_day - 719469) * 86400e6
                + ended_clock * 1e6 + ended_fraction AS bigint) AS end_us,
            CAST((365 * created_year + floor(created_year / 4e0) - floor(created_year / 100e0) + floor(created_year / 400e0)
                + floor((153 * created_month + 2) / 5e0) + created_day - 719469) * 86400e6
                + created_clock * 1e6 + created_fraction AS bigint) AS created_us,
            CASE WHEN unmatched IS NULL THEN NULL WHEN trim(unmatched) = '' THEN 'blank'
                WHEN is_other_log THEN 'other-log' ELSE 'malformed' END AS rejected
        FROM (
            SELECT
                lines.*,
                TRY_CAST(substr(time, 1, 4) AS double) - CASE WHEN substr(time, 6, 2) > '02' THEN 0 ELSE 1 END AS ended_year,
                TRY_CAST(substr(time, 6, 2) AS double) + CASE WHEN substr(time, 6, 2) > '02' THEN -3 ELSE 9 END AS ended_month,
                TRY_CAST(substr(time, 9, 2) AS double) AS ended_day,
                TRY_CAST(substr(time, 12, 2) AS double) * 3600 + TRY_CAST(substr(time, 15, 2) AS double) * 60 AS ended_clock,
                round(TRY_CAST(replace(substr(time, 18), 'Z', '') AS double) * 1e6) AS ended_fraction,
                TRY_CAST(substr(created, 1, 4) AS double) - CASE WHEN substr(created, 6, 2) > '02' THEN 0 ELSE 1 END AS created_year,
                TRY_CAST(substr(created, 6, 2) AS double) + CASE WHEN substr(created, 6, 2) > '02' THEN -3 ELSE 9 END AS created_month,
                TRY_CAST(substr(created, 9, 2) AS double) AS created_day,
                TRY_CAST(substr(created, 12, 2) AS double) * 3600 + TRY_CAST(substr(created, 15, 2) AS double) * 60 AS created_clock,
                round(TRY_CAST(replace(substr(created, 18), 'Z', '') AS double) * 1e6) AS created_fraction
            FROM (
{{lines}}
            ) AS lines
        ) AS dated
    ) AS timed
) AS facts
