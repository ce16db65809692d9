-- title: When health checks changed their mind
-- purpose: Each change between success and failure of a target, as one node of a load balancer saw it for one target
--          group: when it turned bad, when it came back, and how long before that check it had been checked last.
-- columns: time, kind, load_balancer, target_ip, target_port, was, became, after_s, target_name, target_group, checker
-- parameters: from, to, limit=200
WITH bounds(low, high) AS (
    SELECT
        coalesce(
            CAST(strftime('%s', :from) AS INTEGER) * 1000000000 + CAST(substr(:from, 21, 9) AS INTEGER),
            -9223372036854775807),
        coalesce(
            CAST(strftime('%s', :to) AS INTEGER) * 1000000000 + CAST(substr(:to, 21, 9) AS INTEGER),
            9223372036854775807)
), ordered AS (
    SELECT
        time, time_ns, id, kind, load_balancer, target_ip, target_port, target_name, target_group,
        coalesce(node, checker_ip) AS checker, outcome, lag(outcome) OVER checks AS was,
        lag(time_ns) OVER checks AS previous_ns
    FROM health_checks
    WINDOW checks AS (
        PARTITION BY kind, vantage, load_balancer, node, checker_ip, target_ip, target_port, target_name, target_group
        ORDER BY time_ns, id
    )
)
SELECT
    time, kind, load_balancer, target_ip, target_port, was, outcome AS became,
    round((time_ns - previous_ns) / 1e9, 3) AS after_s, target_name, target_group, checker
FROM ordered, bounds
WHERE time_ns >= low AND time_ns < high AND (was = 'success') <> (outcome = 'success')
ORDER BY time_ns, id
LIMIT coalesce(:limit, 200);
