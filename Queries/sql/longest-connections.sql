-- title: Client addresses with the longest connections
-- purpose: Who held connections longest. A connection belongs to the time of its end. Those whose start or end the
--          evidence does not show lasted at least as long as printed.
-- columns: kind, vantage, rank, client_ip, owner, longest_ms, long_connections, connections, held_ms, cut
-- parameters: from, to, kind, long_ms=300000, limit=30 (each kind), health_checks=0
WITH bounds(low, high) AS (
    SELECT
        coalesce(
            CAST(strftime('%s', :from) AS INTEGER) * 1000000000 + CAST(substr(:from, 21, 9) AS INTEGER),
            -9223372036854775807),
        coalesce(
            CAST(strftime('%s', :to) AS INTEGER) * 1000000000 + CAST(substr(:to, 21, 9) AS INTEGER),
            9223372036854775807)
), held AS (
    SELECT
        kind, vantage, client_ip, max(owner) AS owner, max(duration_ms) AS longest_ms,
        sum(weight * (duration_ms > coalesce(:long_ms, 300000))) AS long_connections, sum(weight) AS connections,
        sum(weight * duration_ms) AS held_ms, sum(weight * (start_seen = 0 OR end_seen = 0)) AS cut
    FROM connections, bounds
    WHERE end_ns >= low AND end_ns < high AND is_health_check <= coalesce(:health_checks, 0) AND is_second_leg = 0
        AND role <> 'backend' AND duration_ms IS NOT NULL
        AND kind = coalesce(:kind, kind)
    GROUP BY kind, vantage, client_ip
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY kind, vantage ORDER BY longest_ms DESC, client_ip) AS rank FROM held
)
SELECT kind, vantage, rank, client_ip, owner, longest_ms, long_connections, connections, held_ms, cut
FROM ranked
WHERE rank <= coalesce(:limit, 30)
ORDER BY kind, vantage, rank;
