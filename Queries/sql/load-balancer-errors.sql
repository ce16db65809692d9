-- title: Errors that the load balancer made
-- purpose: Answers of 4xx and 5xx that no target gave, with the load balancer's reason and the phases that did not
--          happen. Captures show those that say who made them; the targets behind them are not known.
-- columns: kind, status, cause, error_reason, blame, domain, requests, clients, targets, not_dispatched,
--          not_answered, mean_total_ms
-- parameters: from, to, kind, limit=50, health_checks=0
WITH bounds(low, high) AS (
    SELECT
        coalesce(
            CAST(strftime('%s', :from) AS INTEGER) * 1000000000 + CAST(substr(:from, 21, 9) AS INTEGER),
            -9223372036854775807),
        coalesce(
            CAST(strftime('%s', :to) AS INTEGER) * 1000000000 + CAST(substr(:to, 21, 9) AS INTEGER),
            9223372036854775807)
)
SELECT
    kind, status, cause, error_reason, blame, domain, sum(weight) AS requests, count(DISTINCT client_ip) AS clients,
    count(DISTINCT CASE WHEN kind NOT IN ('pcap', 'live') THEN target_ip || ':' || target_port END) AS targets,
    sum(weight * (request_ms IS NULL)) AS not_dispatched,
    sum(weight * (request_ms IS NOT NULL AND target_ms IS NULL)) AS not_answered,
    round(sum(weight * total_ms) / sum(CASE WHEN total_ms IS NOT NULL THEN weight END), 1) AS mean_total_ms
FROM requests, bounds
WHERE time_ns >= low AND time_ns < high AND is_health_check <= coalesce(:health_checks, 0) AND is_second_leg = 0
    AND status >= 400 AND target_status IS NULL
    AND kind = coalesce(:kind, kind)
GROUP BY kind, status, cause, error_reason, blame, domain
ORDER BY requests DESC, kind, status, cause, error_reason, domain
LIMIT coalesce(:limit, 50);
