-- title: Flows that were refused
-- purpose: VPC flow log rows with REJECT, by destination: security groups, network ACLs, and packets after the end
--          of a connection.
-- columns: interface_id, srcaddr, dstaddr, dstport, protocol, rows, packets, bytes, first_time, last_time
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
    interface_id, srcaddr, dstaddr, dstport, protocol, count(*) AS rows, CAST(sum(1.0 * packets) AS INTEGER) AS packets,
    CAST(sum(1.0 * bytes) AS INTEGER) AS bytes,
    min(start_time) AS first_time, max(end_time) AS last_time
FROM flow_records, bounds
WHERE end_ns >= low AND end_ns < high AND action = 'REJECT'
GROUP BY interface_id, srcaddr, dstaddr, dstport, protocol
ORDER BY packets DESC, interface_id, srcaddr, dstaddr, dstport, protocol
LIMIT coalesce(:limit, 100);
