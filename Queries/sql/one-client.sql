-- title: Everything one client did
-- purpose: Connections and requests of one address in the order in which they began, from every kind of evidence.
-- columns: time, fact, kind, vantage, id, what, port, status, duration_ms, bytes
-- parameters: client (needed: an address), from, to, limit=1000
WITH bounds(low, high) AS (
    SELECT
        coalesce(
            CAST(strftime('%s', :from) AS INTEGER) * 1000000000 + CAST(substr(:from, 21, 9) AS INTEGER),
            -9223372036854775807),
        coalesce(
            CAST(strftime('%s', :to) AS INTEGER) * 1000000000 + CAST(substr(:to, 21, 9) AS INTEGER),
            9223372036854775807)
)
SELECT time, fact, kind, vantage, id, what, port, status, duration_ms, bytes
FROM (
    SELECT
        start_ns AS at, start_time AS time, 'connection' AS fact, kind, vantage, id,
        coalesce(domain, server_ip) AS what, server_port AS port, coalesce(state, '') AS status, duration_ms,
        coalesce(bytes_from_client, 0) + coalesce(bytes_from_server, 0) AS bytes
    FROM connections, bounds
    WHERE client_ip = :client AND end_ns >= low AND end_ns < high AND is_second_leg = 0
    UNION ALL
    SELECT
        coalesce(start_ns, time_ns), coalesce(start_time, time), 'request', kind, vantage, id,
        coalesce(method, '') || ' ' || coalesce(domain, '') || coalesce(path, ''), target_port,
        CAST(status AS TEXT), total_ms, coalesce(bytes_from_client, 0) + coalesce(bytes_from_server, 0)
    FROM requests, bounds
    WHERE client_ip = :client AND time_ns >= low AND time_ns < high AND is_second_leg = 0
)
ORDER BY at, fact, kind, id
LIMIT coalesce(:limit, 1000);
