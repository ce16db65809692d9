-- title: When health checks changed their mind
-- purpose: Each change of outcome of a target, as one load balancer saw it: when it turned bad, when it came back,
--          how long that took.
-- columns: time, kind, load_balancer, target_ip, target_port, was, became, after_s
-- parameters: from, to, limit=200
WITH bounds(low, high) AS (
    SELECT
        coalesce(CAST(strftime('%s', :from) AS INTEGER) * 1000000000, -9223372036854775807),
        coalesce(CAST(strftime('%s', :to) AS INTEGER) * 1000000000, 9223372036854775807)
), ordered AS (
    SELECT
        time, time_ns, kind, load_balancer, target_ip, target_port, outcome,
        lag(outcome) OVER checks AS was, lag(time_ns) OVER checks AS previous_ns
    FROM health_checks, bounds
    WHERE time_ns >= low AND time_ns < high
    WINDOW checks AS (PARTITION BY kind, load_balancer, target_ip, target_port ORDER BY time_ns)
)
SELECT
    time, kind, load_balancer, target_ip, target_port, was, outcome AS became,
    round((time_ns - previous_ns) / 1e9, 3) AS after_s
FROM ordered
WHERE was <> outcome
ORDER BY time_ns, target_ip, target_port, kind, load_balancer
LIMIT coalesce(:limit, 200);
