-- title: Which domain names took the most traffic
-- kinds: alb nlb clb alb-connection
-- parameters: from (needed), to (needed), limit=30
WITH facts AS (
{{facts}}
)
SELECT
    domain,
    sum(requests) AS requests,
    sum(connections) AS connections,
    sum(CAST(coalesce(received, 0) + coalesce(sent, 0) AS decimal(38, 0))) AS bytes,
    sum(error) AS errors,
    max(coalesce(total_ns, duration_ns)) / 1e6 AS longest_ms
FROM facts
WHERE end_us >= {{from}} AND end_us < {{to}} AND domain IS NOT NULL AND health = 0
GROUP BY domain
ORDER BY requests + connections DESC, domain
LIMIT {{limit}}
