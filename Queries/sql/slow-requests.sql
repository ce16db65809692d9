-- title: The slowest requests
-- purpose: Single requests by total time, web sockets aside, with the phase that took it: towards the target, at the
--          target, back to the client. Time that no phase tells was spent in the first one that did not end.
-- columns: id, kind, time, client_ip, domain, method, path, status, target_ip, target_port, request_ms, target_ms,
--          response_ms, total_ms, slowest_phase, trace_id
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
    id, kind, time, client_ip, domain, method, path, status, target_ip, target_port, request_ms, target_ms, response_ms,
    total_ms,
    CASE
        WHEN coalesce(request_ms, target_ms, response_ms) IS NULL THEN 'none'
        WHEN request_ms IS NOT NULL AND target_ms IS NULL AND response_ms IS NULL AND total_ms - request_ms > request_ms
            THEN 'target'
        WHEN response_ms IS NULL AND total_ms - request_ms - target_ms > max(request_ms, target_ms) THEN 'response'
        ELSE CASE max(coalesce(request_ms, -1), coalesce(target_ms, -1), coalesce(response_ms, -1))
            WHEN target_ms THEN 'target'
            WHEN request_ms THEN 'request'
            ELSE 'response'
        END
    END AS slowest_phase,
    trace_id
FROM requests, bounds
WHERE time_ns >= low AND time_ns < high AND is_health_check <= coalesce(:health_checks, 0) AND is_second_leg = 0
    AND total_ms IS NOT NULL AND status IS NOT 101
    AND kind = coalesce(:kind, kind)
ORDER BY total_ms DESC, id
LIMIT coalesce(:limit, 50);
