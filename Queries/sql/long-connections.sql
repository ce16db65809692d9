-- title: Connections over five minutes
-- purpose: Every client connection that lasted longer than the limit, the longest first.
-- columns: id, kind, start_time, end_time, duration_ms, client_ip, client_port, owner, server_ip, server_port,
--          domain, state, reset_by
-- parameters: from, to, kind, long_ms=300000, limit=200, health_checks=0
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
    id, kind, start_time, end_time, duration_ms, client_ip, client_port, owner, server_ip, server_port, domain, state,
    reset_by
FROM connections, bounds
WHERE end_ns >= low AND end_ns < high AND is_health_check <= coalesce(:health_checks, 0) AND is_second_leg = 0
    AND role <> 'backend'
    AND duration_ms > coalesce(:long_ms, 300000) AND kind = coalesce(:kind, kind)
ORDER BY duration_ms DESC, id
LIMIT coalesce(:limit, 200);
