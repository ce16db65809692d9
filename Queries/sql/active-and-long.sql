-- title: Busy clients that hold connections
-- purpose: Clients among the busiest from :from to :to that held connections over the limit, with the same numbers
--          for the time of equal length just before. `compare` says more; this is the question as SQL.
-- columns: kind, vantage, client_ip, owner, rank_before, rank_during, connections_before, connections_during,
--          long_before, long_during, longest_before_ms, longest_during_ms
-- parameters: from (needed), to (needed), kind, top=30, long_ms=300000, health_checks=0
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
        kind, vantage, client_ip, max(owner) AS owner, sum(weight * (end_ns < low)) AS connections_before,
        sum(weight * (end_ns >= low)) AS connections_during,
        sum(weight * (end_ns < low AND duration_ms > coalesce(:long_ms, 300000))) AS long_before,
        sum(weight * (end_ns >= low AND duration_ms > coalesce(:long_ms, 300000))) AS long_during,
        max(CASE WHEN end_ns < low THEN duration_ms END) AS longest_before_ms,
        max(CASE WHEN end_ns >= low THEN duration_ms END) AS longest_during_ms
    FROM connections, bounds
    WHERE :from IS NOT NULL AND :to IS NOT NULL AND end_ns >= low - (high - low) AND end_ns < high
        AND is_health_check <= coalesce(:health_checks, 0) AND is_second_leg = 0 AND role <> 'backend'
        AND kind = coalesce(:kind, kind)
    GROUP BY kind, vantage, client_ip
), ranked AS (
    SELECT
        *, row_number() OVER (PARTITION BY kind, vantage ORDER BY connections_before DESC, client_ip) AS rank_before,
        row_number() OVER (PARTITION BY kind, vantage ORDER BY connections_during DESC, client_ip) AS rank_during
    FROM counted
)
SELECT
    kind, vantage, client_ip, owner, CASE WHEN connections_before > 0 THEN rank_before END AS rank_before, rank_during,
    connections_before, connections_during, long_before, long_during, longest_before_ms, longest_during_ms
FROM ranked
WHERE rank_during <= coalesce(:top, 30) AND long_during > 0
ORDER BY kind, vantage, rank_during;
