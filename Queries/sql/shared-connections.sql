-- title: Backend connections and the clients they carried
-- purpose: Connections from the load balancer to a target, with how many requests and different clients each
--          carried, as far as they are known. Never blame one client for such a connection.
-- columns: connection_id, vantage, peer_ip, server_ip, server_port, duration_ms, state, requests, clients
-- parameters: from, to, limit=50
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
    c.id AS connection_id, c.vantage, c.peer_ip, c.server_ip, c.server_port, c.duration_ms, c.state,
    count(*) AS requests,
    count(DISTINCT CASE WHEN NOT r.is_client_untrusted THEN r.client_ip END) AS clients
FROM bounds, connections c JOIN requests r ON r.connection_id = c.id
WHERE c.end_ns >= low AND c.end_ns < high AND c.role = 'backend' AND c.is_second_leg = 0
GROUP BY c.id
ORDER BY clients DESC, requests DESC, c.id
LIMIT coalesce(:limit, 50);
