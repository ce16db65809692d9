-- title: Domain names by traffic
-- purpose: Which names the traffic was for: requests from logs of requests and captures, connections from the server
--          name of TLS. Errors are what `top` and `compare` call so: `is_error`.
-- columns: fact, kind, vantage, domain, count, clients, errors, long_connections, bytes, share
-- parameters: from, to, kind, long_ms=300000, limit=100 (each kind), health_checks=0
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
        'requests' AS fact, kind, vantage, domain, sum(weight) AS count, count(DISTINCT client_ip) AS clients,
        sum(weight * is_error) AS errors, NULL AS long_connections,
        CAST(sum(1.0 * weight * (coalesce(bytes_from_client, 0) + coalesce(bytes_from_server, 0))) AS INTEGER) AS bytes
    FROM requests, bounds
    WHERE time_ns >= low AND time_ns < high AND is_health_check <= coalesce(:health_checks, 0) AND is_second_leg = 0
        AND kind = coalesce(:kind, kind)
    GROUP BY kind, vantage, domain
    UNION ALL
    SELECT
        'connections', kind, vantage, domain, sum(weight), count(DISTINCT client_ip), sum(weight * is_error),
        sum(weight * (duration_ms > coalesce(:long_ms, 300000))),
        CAST(sum(1.0 * weight * (coalesce(bytes_from_client, 0) + coalesce(bytes_from_server, 0))) AS INTEGER)
    FROM connections, bounds
    WHERE end_ns >= low AND end_ns < high AND is_health_check <= coalesce(:health_checks, 0) AND is_second_leg = 0
        AND domain IS NOT NULL
        AND kind = coalesce(:kind, kind)
    GROUP BY kind, vantage, domain
), ranked AS (
    SELECT
        *, row_number() OVER (PARTITION BY fact, kind, vantage ORDER BY count DESC, domain) AS rank,
        round(1.0 * count / sum(count) OVER (PARTITION BY fact, kind, vantage), 4) AS share
    FROM counted
)
SELECT fact, kind, vantage, domain, count, clients, errors, long_connections, bytes, share
FROM ranked
WHERE rank <= coalesce(:limit, 100)
ORDER BY fact DESC, kind, vantage, rank;
