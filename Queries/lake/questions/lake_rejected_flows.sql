-- title: Who was refused by security groups and network ACLs, and where
-- kinds: vpc-flow
-- parameters: from (needed), to (needed), limit=30
WITH facts AS (
{{facts}}
)
SELECT
    source,
    destination,
    destination_port,
    protocol,
    count(*) AS flows,
    sum(CAST(coalesce(packets, 0) AS decimal(38, 0))) AS packets
FROM facts
WHERE end_us >= {{from}} AND end_us < {{to}} AND action = 'REJECT' AND log_status = 'OK'
GROUP BY source, destination, destination_port, protocol
ORDER BY flows DESC, source, destination, destination_port, protocol
LIMIT {{limit}}
