-- title: Connections that nobody answered
-- purpose: Captured SYNs that nothing answered, by server and by minute: a full backlog, a host that is gone, a security
--          group. In state S0 the client went on waiting, in RSTOS0 and SH it gave up. Refused ones are among the
--          `resets`; who went on after the SYN was answered, which the capture lacks. Those of its last seconds may yet be.
-- columns: vantage, minute, server_ip, server_port, state, connections, clients, packets
-- parameters: from, to, limit=200 (each vantage)
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
        vantage, substr(start_time, 1, 16) || 'Z' AS minute, server_ip, server_port, state, sum(weight) AS connections,
        count(DISTINCT client_ip) AS clients, CAST(sum(1.0 * weight * packets_from_client) AS INTEGER) AS packets
    FROM connections, bounds
    WHERE end_ns >= low AND end_ns < high AND is_second_leg = 0 AND protocol = 'tcp'
        AND state IN ('S0', 'RSTOS0', 'SH') AND packets_from_server = 0 AND history GLOB 'S*'
        AND history NOT GLOB '*[AD]*'
    GROUP BY vantage, minute, server_ip, server_port, state
), ranked AS (
    SELECT
        *, row_number() OVER (
            PARTITION BY vantage ORDER BY minute, connections DESC, server_ip, server_port, state
        ) AS rank
    FROM counted
)
SELECT vantage, minute, server_ip, server_port, state, connections, clients, packets
FROM ranked
WHERE rank <= coalesce(:limit, 200)
ORDER BY vantage, rank;
