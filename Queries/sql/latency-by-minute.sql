-- title: Latency minute by minute
-- purpose: Median and tail of each latency phase over time. Sources of one minute are listed by their worst:
--          quantiles do not add. Minutes are whole: the one that holds :from or :to counts altogether.
-- columns: kind, vantage, measure, time, count, p50, p95, p99, max
-- parameters: from, to, kind, health_checks=0, measure (target_ms, total_ms, handshake_ms, duration_ms ...)
WITH bounds(low, high) AS (
    SELECT
        coalesce(CAST(strftime('%s', :from) AS INTEGER) / 60 * 60000000000, -9223372036854775807),
        coalesce(
            (CAST(strftime('%s', :to) AS INTEGER) + 59 + (CAST(substr(:to, 21, 9) AS INTEGER) > 0)) / 60 * 60000000000,
            9223372036854775807)
)
SELECT
    kind, vantage, measure, time, sum(count) AS count, max(p50) AS p50, max(p95) AS p95, max(p99) AS p99,
    max(max) AS max
FROM distributions, bounds
WHERE is_health_check <= coalesce(:health_checks, 0) AND time_ns >= low AND time_ns < high
    AND kind = coalesce(:kind, kind)
    AND measure = coalesce(:measure, measure)
GROUP BY kind, vantage, measure, time
ORDER BY kind, vantage, measure, time;
