-- title: Client addresses by traffic
-- purpose: Who was busiest, by requests where the evidence has requests, else by connections. Connections that a
--          load balancer shares between clients are left out. Errors are what `top` and `compare` call so: `is_error`.
-- columns: fact, kind, vantage, rank, client_ip, owner, count, errors, long_connections, longest_ms, bytes, share
-- parameters: from, to, kind, long_ms=300000, limit=30 (each kind), health_checks=0
WITH bounds(low, high) AS (
    SELECT
        coalesce(
            CAST(strftime('%s', :from) AS INTEGER) * 1000000000 + CAST(substr(:from, 21, 9) AS INTEGER),
            -9223372036854775807),
        coalesce(
            CAST(strftime('%s', :to) AS INTEGER) * 1000000000 + CAST(substr(:to, 21, 9) AS INTEGER),
            9223372036854775807)
), counted AS (
    SELECT
        'requests' AS fact, kind, vantage, client_ip, max(owner) AS owner, sum(weight) AS count,
        sum(weight * is_error) AS errors, NULL AS long_connections, NULL AS longest_ms,
        CAST(sum(1.0 * weight * (coalesce(bytes_from_client, 0) + coalesce(bytes_from_server, 0))) AS INTEGER) AS bytes
    FROM requests, bounds
    WHERE time_ns >= low AND time_ns < high AND is_health_check <= coalesce(:health_checks, 0) AND is_second_leg = 0
        AND kind = coalesce(:kind, kind)
    GROUP BY kind, vantage, client_ip
    UNION ALL
    SELECT
        'connections', kind, vantage, client_ip, max(owner), sum(weight), sum(weight * is_error),
        sum(weight * (duration_ms > coalesce(:long_ms, 300000))), max(duration_ms),
        CAST(sum(1.0 * weight * (coalesce(bytes_from_client, 0) + coalesce(bytes_from_server, 0))) AS INTEGER)
    FROM connections, bounds
    WHERE end_ns >= low AND end_ns < high AND is_health_check <= coalesce(:health_checks, 0) AND is_second_leg = 0
        AND role <> 'backend' AND kind = coalesce(:kind, kind)
    GROUP BY kind, vantage, client_ip
), ranked AS (
    SELECT
        *, row_number() OVER (PARTITION BY fact, kind, vantage ORDER BY count DESC, client_ip) AS rank,
        round(1.0 * count / sum(count) OVER (PARTITION BY fact, kind, vantage), 4) AS share
    FROM counted
)
SELECT fact, kind, vantage, rank, client_ip, owner, count, errors, long_connections, longest_ms, bytes, share
FROM ranked
WHERE rank <= coalesce(:limit, 30)
ORDER BY fact DESC, kind, vantage, rank;
