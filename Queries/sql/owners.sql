-- title: Owners by traffic
-- purpose: Which customers the traffic came from, by the owners file that the case keeps.
-- columns: kind, vantage, owner, clients, connections, long_connections, longest_ms, bytes
-- parameters: from, to, kind, long_ms=300000, limit=50 (each kind), health_checks=0
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
        kind, vantage, owner, count(DISTINCT client_ip) AS clients, sum(weight) AS connections,
        sum(weight * (duration_ms > coalesce(:long_ms, 300000))) AS long_connections, max(duration_ms) AS longest_ms,
        CAST(sum(1.0 * weight * (coalesce(bytes_from_client, 0) + coalesce(bytes_from_server, 0))) AS INTEGER) AS bytes
    FROM connections, bounds
    WHERE end_ns >= low AND end_ns < high AND is_health_check <= coalesce(:health_checks, 0) AND is_second_leg = 0
        AND role <> 'backend' AND kind = coalesce(:kind, kind)
    GROUP BY kind, vantage, owner
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY kind, vantage ORDER BY connections DESC, owner) AS rank FROM counted
)
SELECT kind, vantage, owner, clients, connections, long_connections, longest_ms, bytes
FROM ranked
WHERE rank <= coalesce(:limit, 50)
ORDER BY kind, vantage, rank;
