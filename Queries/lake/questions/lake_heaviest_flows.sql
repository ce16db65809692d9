-- title: Which pairs of addresses moved the most bytes
-- kinds: vpc-flow
-- parameters: from (needed), to (needed), limit=30
WITH facts AS (
{{facts}}
)
SELECT
    source,
    destination,
    count(*) AS flows,
    sum(CAST(coalesce(packets, 0) AS decimal(38, 0))) AS packets,
    sum(CAST(coalesce(bytes, 0) AS decimal(38, 0))) AS bytes
FROM facts
WHERE end_us >= {{from}} AND end_us < {{to}} AND log_status = 'OK'
GROUP BY source, destination
ORDER BY bytes DESC, source, destination
LIMIT {{limit}}
