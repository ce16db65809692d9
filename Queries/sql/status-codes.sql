-- title: Status codes, and who made them
-- purpose: What clients were told, what the target had said, and whose side it was. A 5xx without a target status
--          was made by the load balancer.
-- columns: kind, vantage, status, target_status, blame, cause, requests, clients, share
-- parameters: from, to, kind, health_checks=0
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
        kind, vantage, status, target_status, blame, cause, sum(weight) AS requests,
        count(DISTINCT client_ip) AS clients
    FROM requests, bounds
    WHERE time_ns >= low AND time_ns < high AND is_health_check <= coalesce(:health_checks, 0) AND is_second_leg = 0
        AND kind = coalesce(:kind, kind)
    GROUP BY kind, vantage, status, target_status, blame, cause
)
SELECT
    kind, vantage, status, target_status, blame, cause, requests, clients,
    round(1.0 * requests / sum(requests) OVER (PARTITION BY kind, vantage), 4) AS share
FROM counted
ORDER BY kind, vantage, requests DESC, status, target_status, cause;
