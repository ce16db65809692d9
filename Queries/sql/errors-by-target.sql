-- title: Errors by target
-- purpose: Which target fails: requests and 5xx of each, those that it never answered as far as the evidence can tell,
--          and how slow it answers. One bad target stands out here. The share is that of 5xx.
-- columns: kind, vantage, target_ip, target_port, requests, errors_5xx, by_target, by_load_balancer, unanswered,
--          error_share, mean_target_ms, slowest_target_ms
-- parameters: from, to, kind, limit=100 (each kind), health_checks=0
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
        kind, vantage, target_ip, target_port, sum(weight) AS requests,
        sum(weight * (coalesce(status, 0) >= 500)) AS errors_5xx,
        sum(weight * (coalesce(status, 0) >= 500 AND target_status IS NOT NULL)) AS by_target,
        sum(weight * (coalesce(status, 0) >= 500 AND target_status IS NULL)) AS by_load_balancer,
        sum(weight * (target_ms IS NULL AND target_status IS NULL AND NOT is_undetermined)) AS unanswered,
        round(1.0 * sum(weight * (coalesce(status, 0) >= 500)) / sum(weight), 4) AS error_share,
        round(sum(weight * target_ms) / sum(CASE WHEN target_ms IS NOT NULL THEN weight END), 1) AS mean_target_ms,
        max(target_ms) AS slowest_target_ms
    FROM requests, bounds
    WHERE time_ns >= low AND time_ns < high AND is_health_check <= coalesce(:health_checks, 0) AND is_second_leg = 0
        AND target_ip IS NOT NULL
        AND kind = coalesce(:kind, kind)
    GROUP BY kind, vantage, target_ip, target_port
), ranked AS (
    SELECT
        *, row_number() OVER (
            PARTITION BY kind, vantage ORDER BY errors_5xx DESC, requests DESC, target_ip, target_port
        ) AS rank
    FROM counted
)
SELECT
    kind, vantage, target_ip, target_port, requests, errors_5xx, by_target, by_load_balancer, unanswered, error_share,
    mean_target_ms, slowest_target_ms
FROM ranked
WHERE rank <= coalesce(:limit, 100)
ORDER BY kind, vantage, rank;
