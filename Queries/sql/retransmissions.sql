-- title: Connections with the most retransmissions
-- purpose: Loss by connection: retransmitted, out of order, duplicate acknowledgements and zero windows, as shares
--          of the packets.
-- columns: id, vantage, start_time, duration_ms, client_ip, server_ip, server_port, packets, retransmissions, share,
--          out_of_order, duplicate_acks, zero_windows, handshake_ms
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
    id, vantage, start_time, duration_ms, client_ip, server_ip, server_port,
    packets_from_client + packets_from_server AS packets, retransmissions,
    round(1.0 * retransmissions / (packets_from_client + packets_from_server), 4) AS share, out_of_order,
    duplicate_acks, zero_windows, handshake_ms
FROM connections, bounds
WHERE end_ns >= low AND end_ns < high AND is_second_leg = 0 AND retransmissions + out_of_order + zero_windows > 0
ORDER BY retransmissions DESC, out_of_order DESC, zero_windows DESC, id
LIMIT coalesce(:limit, 50);
