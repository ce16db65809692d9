-- title: Health checks by target
-- purpose: How each target looked to the load balancers: checks by outcome, and the reasons of those that failed. Where logs
--          tell the node that checked, each has its rows: what fails from one zone alone is not the target's doing.
-- columns: kind, load_balancer, target_ip, target_port, outcome, status, reason, checks, first_time, last_time,
--          slowest_ms, target_name, node
-- parameters: from, to
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
    kind, load_balancer, target_ip, target_port, outcome, status, reason, sum(weight) AS checks, min(time) AS first_time,
    max(time) AS last_time, max(latency_ms) AS slowest_ms, target_name, node
FROM health_checks, bounds
WHERE time_ns >= low AND time_ns < high
GROUP BY kind, load_balancer, target_ip, target_port, target_name, outcome, status, reason, node
ORDER BY target_ip, target_port, target_name, kind, load_balancer, checks DESC, outcome, status, reason, node;
