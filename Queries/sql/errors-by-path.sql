-- title: Errors by path
-- purpose: Which paths fail for clients: 4xx, 5xx and all errors (no answer and those of gRPC too: `is_error`) of
--          each domain and path, the worst first.
-- columns: kind, domain, method, path, requests, errors_4xx, errors_5xx, error_share, clients, errors
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
    kind, domain, method, path, sum(weight) AS requests,
    sum(weight * (coalesce(status, 0) BETWEEN 400 AND 499)) AS errors_4xx,
    sum(weight * (coalesce(status, 0) >= 500)) AS errors_5xx,
    round(1.0 * sum(weight * is_error) / sum(weight), 4) AS error_share,
    count(DISTINCT client_ip) AS clients, sum(weight * is_error) AS errors
FROM requests, bounds
WHERE time_ns >= low AND time_ns < high AND is_health_check <= coalesce(:health_checks, 0) AND is_second_leg = 0
    AND kind = coalesce(:kind, kind)
GROUP BY kind, domain, method, path
HAVING errors > 0
ORDER BY errors_5xx DESC, errors DESC, kind, domain, path, method
LIMIT coalesce(:limit, 50);
