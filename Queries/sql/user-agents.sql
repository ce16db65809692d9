-- title: User agents
-- purpose: What software asks, how often it fails, and from how many addresses. One agent from many addresses is a
--          release; from one, a script.
-- columns: kind, vantage, user_agent, requests, clients, errors_4xx, errors_5xx, share
-- parameters: from, to, kind, limit=50 (each kind), health_checks=0
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
        kind, vantage, user_agent, sum(weight) AS requests, count(DISTINCT client_ip) AS clients,
        sum(weight * (coalesce(status, 0) BETWEEN 400 AND 499)) AS errors_4xx,
        sum(weight * (coalesce(status, 0) >= 500)) AS errors_5xx
    FROM requests, bounds
    WHERE time_ns >= low AND time_ns < high AND is_health_check <= coalesce(:health_checks, 0) AND is_second_leg = 0
        AND kind = coalesce(:kind, kind)
    GROUP BY kind, vantage, user_agent
), ranked AS (
    SELECT
        *, row_number() OVER (PARTITION BY kind, vantage ORDER BY requests DESC, user_agent) AS rank,
        round(1.0 * requests / sum(requests) OVER (PARTITION BY kind, vantage), 4) AS share
    FROM counted
)
SELECT kind, vantage, user_agent, requests, clients, errors_4xx, errors_5xx, share
FROM ranked
WHERE rank <= coalesce(:limit, 50)
ORDER BY kind, vantage, rank;
