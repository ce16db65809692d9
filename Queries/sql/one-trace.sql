-- title: One request, from every vantage
-- purpose: The rows that carry one X-Amzn-Trace-Id: the load balancer's log beside what the target's capture saw of
--          the same request.
-- columns: kind, vantage, id, time, client_ip, peer_ip, target_ip, target_port, method, domain, path, status,
--          target_status, request_ms, target_ms, response_ms, total_ms, blame, cause
-- parameters: trace (needed: Root=1-...)
SELECT
    kind, vantage, id, time, client_ip, peer_ip, target_ip, target_port, method, domain, path, status, target_status,
    request_ms, target_ms, response_ms, total_ms, blame, cause
FROM requests
WHERE trace_id = :trace
ORDER BY coalesce(start_ns, time_ns), kind, id;
