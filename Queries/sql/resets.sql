-- title: Who resets connections
-- purpose: Reset connections by server port and by the side that reset, refused ones (state REJ) too. Resets by the
--          server in the middle of an exchange are behind many a 502.
-- columns: vantage, role, server_ip, server_port, reset_by, state, connections, clients, with_answer,
--          mean_duration_ms
-- parameters: from, to, limit=100
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
    vantage, role, server_ip, server_port, reset_by, state, sum(weight) AS connections,
    count(DISTINCT client_ip) AS clients, sum(weight * (bytes_from_server > 0)) AS with_answer,
    round(sum(weight * duration_ms) / sum(weight), 1) AS mean_duration_ms
FROM connections, bounds
WHERE end_ns >= low AND end_ns < high AND is_second_leg = 0 AND resets > 0
GROUP BY vantage, role, server_ip, server_port, reset_by, state
ORDER BY connections DESC, vantage, server_ip, server_port, reset_by, state
LIMIT coalesce(:limit, 100);
