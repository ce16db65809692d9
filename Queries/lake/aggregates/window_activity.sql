-- title: What two windows did: totals by minute, every value of every dimension, distributions, long connections
-- One scan. `section` tells what a row is about: `total` and `opened` are by minute; `long` is a client with connections over
-- the limit, with its numbers of both windows; a name that ends in `_ms` or begins with `bytes_` is one bucket of a
-- log-linear histogram (`{{buckets}}`: `histogram_bucket.sql` for each number); the others are dimensions, whose `series`
-- holds minute:count of the measure; `rejected` counts the lines of the days read that are none of this log, by reason. Past the first {{values}} values a dimension is folded into `(other)`.
-- What a WebSocket took is how long its connection lasted: it is no latency.
WITH logged AS (
{{facts}}
),
facts AS (
    SELECT logged.*, CASE WHEN upgraded = 0 THEN total_ns END AS latency_ns FROM logged
),
placed AS (
    SELECT
        CASE WHEN end_us >= {{before_start}} AND end_us < {{before_end}} THEN 1
            WHEN end_us >= {{during_start}} AND end_us < {{during_end}} THEN 2 END AS side,
        CAST(floor(end_us / 60e6) AS bigint) AS minute,
        CASE WHEN opened = 0 THEN NULL
            WHEN start_us >= {{before_start}} AND start_us < {{before_end}} THEN 1
            WHEN start_us >= {{during_start}} AND start_us < {{during_end}} THEN 2 END AS opened_side,
        CAST(floor(start_us / 60e6) AS bigint) AS opened_minute,
        CASE WHEN duration_ns > {{long_ns}} THEN 1 ELSE 0 END AS is_long,
        CASE WHEN duration_ns > {{long_ns}} THEN client END AS long_client,
        CASE WHEN start_us < {{before_end}} AND end_us >= {{before_start}} THEN 1 ELSE 0 END AS is_open_before,
        CASE WHEN ({{before_end}} - start_us) * 1000 > {{long_ns}} AND end_us >= {{before_start}} THEN 1 ELSE 0 END AS is_long_before,
        CASE WHEN start_us < {{during_end}} AND end_us >= {{during_start}} THEN 1 ELSE 0 END AS is_open_during,
        coalesce(received, 0) + coalesce(sent, 0) AS bytes,
        coalesce(total_ns, duration_ns, 0) AS lasted_ns,
        requests, connections, error, client_error, server_error, timeout, rejected,
        client, target, target_port, domain, method, status, error_reason, tls_version, tls_cipher, node, target_group, load_balancer,
        received, sent, request_ns, target_ns, response_ns, latency_ns, duration_ns, tls_handshake_ns,
        {{buckets}}
    FROM facts
    WHERE health = 0 OR {{health_checks}} = 1 OR rejected IS NOT NULL
),
cells AS (
    SELECT
        CASE WHEN grouping(opened_side) = 0 THEN 'opened'
            WHEN grouping(long_client) = 0 THEN 'long'
            WHEN grouping(rejected) = 0 THEN 'rejected'
            WHEN grouping(bucket_of_request_ns) = 0 THEN 'request_ms'
            WHEN grouping(bucket_of_target_ns) = 0 THEN 'target_ms'
            WHEN grouping(bucket_of_response_ns) = 0 THEN 'response_ms'
            WHEN grouping(bucket_of_latency_ns) = 0 THEN 'total_ms'
            WHEN grouping(bucket_of_duration_ns) = 0 THEN 'duration_ms'
            WHEN grouping(bucket_of_tls_handshake_ns) = 0 THEN 'tls_handshake_ms'
            WHEN grouping(bucket_of_received) = 0 THEN 'bytes_from_client'
            WHEN grouping(bucket_of_sent) = 0 THEN 'bytes_from_server'
            WHEN grouping(client) = 0 THEN 'client'
            WHEN grouping(target) = 0 THEN 'target'
            WHEN grouping(target_port) = 0 THEN 'target-port'
            WHEN grouping(domain) = 0 THEN 'domain'
            WHEN grouping(method) = 0 THEN 'method'
            WHEN grouping(status) = 0 THEN 'status'
            WHEN grouping(error_reason) = 0 THEN 'error-reason'
            WHEN grouping(tls_version) = 0 THEN 'tls-version'
            WHEN grouping(tls_cipher) = 0 THEN 'tls-cipher'
            WHEN grouping(node) = 0 THEN 'node'
            WHEN grouping(target_group) = 0 THEN 'target-group'
            WHEN grouping(load_balancer) = 0 THEN 'load-balancer'
            ELSE 'total' END AS section,
        coalesce(side, opened_side) AS side,
        coalesce(minute, opened_minute) AS minute,
        coalesce(long_client, rejected, client, target, target_port, domain, method, status, error_reason, tls_version, tls_cipher, node, target_group, load_balancer, CAST(coalesce(bucket_of_request_ns, bucket_of_target_ns, bucket_of_response_ns, bucket_of_latency_ns, bucket_of_duration_ns, bucket_of_tls_handshake_ns, bucket_of_received, bucket_of_sent) AS varchar(20))) AS value,
        sum(requests) AS requests,
        sum(connections) AS connections,
        sum(CAST(bytes AS decimal(38, 0))) AS bytes,
        sum(error) AS errors,
        max(lasted_ns) AS longest_ns,
        sum(client_error) AS client_errors,
        sum(server_error) AS server_errors,
        sum(timeout) AS timeouts,
        sum(is_long) AS long_count,
        count(*) AS facts,
        coalesce(CASE WHEN grouping(bucket_of_request_ns) = 0 THEN max(request_ns) END, CASE WHEN grouping(bucket_of_target_ns) = 0 THEN max(target_ns) END, CASE WHEN grouping(bucket_of_response_ns) = 0 THEN max(response_ns) END, CASE WHEN grouping(bucket_of_latency_ns) = 0 THEN max(latency_ns) END, CASE WHEN grouping(bucket_of_duration_ns) = 0 THEN max(duration_ns) END, CASE WHEN grouping(bucket_of_tls_handshake_ns) = 0 THEN max(tls_handshake_ns) END, CASE WHEN grouping(bucket_of_received) = 0 THEN max(received) END, CASE WHEN grouping(bucket_of_sent) = 0 THEN max(sent) END) AS maximum,
        sum(CASE WHEN side = 1 THEN is_long ELSE 0 END) AS long_before,
        max(CASE WHEN side = 1 AND is_long = 1 THEN duration_ns ELSE 0 END) AS longest_before_ns,
        sum(is_long * is_open_before) AS open_before,
        sum(CASE WHEN side = 2 THEN is_long ELSE 0 END) AS long_during,
        max(CASE WHEN side = 2 AND is_long = 1 THEN duration_ns ELSE 0 END) AS longest_during_ns,
        sum(is_long * is_open_during) AS open_during,
        sum(CASE WHEN side = 2 THEN is_long * is_open_before ELSE 0 END) AS open_earlier,
        sum(CASE WHEN side = 2 THEN is_long * is_long_before ELSE 0 END) AS long_earlier
    FROM placed
    WHERE side IS NOT NULL OR opened_side IS NOT NULL OR is_long = 1 OR rejected IS NOT NULL
    GROUP BY GROUPING SETS (
        (side, minute),
        (side, minute, client),
        (side, minute, target),
        (side, minute, target_port),
        (side, minute, domain),
        (side, minute, method),
        (side, minute, status),
        (side, minute, error_reason),
        (side, minute, tls_version),
        (side, minute, tls_cipher),
        (side, minute, node),
        (side, minute, target_group),
        (side, minute, load_balancer),
        (side, bucket_of_request_ns),
        (side, bucket_of_target_ns),
        (side, bucket_of_response_ns),
        (side, bucket_of_latency_ns),
        (side, bucket_of_duration_ns),
        (side, bucket_of_tls_handshake_ns),
        (side, bucket_of_received),
        (side, bucket_of_sent),
        (opened_side, opened_minute),
        (long_client),
        (rejected)
    )
),
sums AS (
    SELECT
        section,
        side,
        value,
        CASE WHEN section IN ('total', 'opened') THEN minute END AS minute,
        sum(requests) AS requests,
        sum(connections) AS connections,
        sum(bytes) AS bytes,
        sum(errors) AS errors,
        max(longest_ns) AS longest_ns,
        sum(client_errors) AS client_errors,
        sum(server_errors) AS server_errors,
        sum(timeouts) AS timeouts,
        sum(long_count) AS long_count,
        sum(facts) AS facts,
        max(maximum) AS maximum,
        sum(long_before) AS long_before,
        max(longest_before_ns) AS longest_before_ns,
        sum(open_before) AS open_before,
        sum(long_during) AS long_during,
        max(longest_during_ns) AS longest_during_ns,
        sum(open_during) AS open_during,
        sum(open_earlier) AS open_earlier,
        sum(long_earlier) AS long_earlier,
        array_join(array_agg(CAST(minute AS varchar(20)) || ':' || CAST({{measure}} AS varchar(40))), ' ') AS series
    FROM cells
    WHERE section IN ({{sections}})
        AND (section IN ('long', 'rejected') OR side IS NOT NULL)
        AND (section IN ('total', 'opened') OR value IS NOT NULL)
    GROUP BY 1, 2, 3, 4
),
ranked AS (
    SELECT
        sums.*,
        dense_rank() OVER (PARTITION BY section ORDER BY weight DESC, value) AS place
    FROM (SELECT sums.*, sum({{measure}}) OVER (PARTITION BY section, value) AS weight FROM sums) AS sums
)
SELECT
    section,
    side,
    minute,
    sum(requests) AS requests,
    sum(connections) AS connections,
    least(sum(bytes), CAST(9223372036854775807 AS decimal(38, 0))) AS bytes,
    sum(errors) AS errors,
    max(longest_ns) AS longest_ns,
    sum(client_errors) AS client_errors,
    sum(server_errors) AS server_errors,
    sum(timeouts) AS timeouts,
    sum(long_count) AS long_count,
    sum(facts) AS facts,
    max(maximum) AS maximum,
    sum(long_before) AS long_before,
    max(longest_before_ns) AS longest_before_ns,
    sum(open_before) AS open_before,
    sum(long_during) AS long_during,
    max(longest_during_ns) AS longest_during_ns,
    sum(open_during) AS open_during,
    sum(open_earlier) AS open_earlier,
    sum(long_earlier) AS long_earlier,
    max(CASE WHEN place <= {{values}} THEN series END) AS series,
    CASE WHEN place <= {{values}} OR section IN ('total', 'opened', 'long', 'rejected') OR maximum IS NOT NULL THEN value ELSE '(other)' END AS value
FROM ranked
GROUP BY section, side, minute, CASE WHEN place <= {{values}} OR section IN ('total', 'opened', 'long', 'rejected') OR maximum IS NOT NULL THEN value ELSE '(other)' END
