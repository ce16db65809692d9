-- title: What clients were told
-- kinds: alb nlb clb alb-connection
-- parameters: from (needed), to (needed), limit=30
WITH facts AS (
{{facts}}
)
SELECT
    status,
    sum(requests) AS requests,
    sum(connections) AS connections,
    sum(CAST(coalesce(received, 0) + coalesce(sent, 0) AS decimal(38, 0))) AS bytes,
    sum(error) AS errors,
    max(coalesce(total_ns, duration_ns)) / 1e6 AS longest_ms
FROM facts
WHERE end_us >= {{from}} AND end_us < {{to}} AND status IS NOT NULL AND health = 0
GROUP BY status
ORDER BY requests + connections DESC, status
LIMIT {{limit}}
