-- title: Which addresses were busiest
-- kinds: alb nlb clb alb-connection
-- parameters: from (needed), to (needed), limit=30
WITH facts AS (
{{facts}}
)
SELECT
    client,
    sum(requests) AS requests,
    sum(connections) AS connections,
    sum(CAST(coalesce(received, 0) + coalesce(sent, 0) AS decimal(38, 0))) AS bytes,
    sum(error) AS errors,
    max(coalesce(total_ns, duration_ns)) / 1e6 AS longest_ms
FROM facts
WHERE end_us >= {{from}} AND end_us < {{to}} AND client IS NOT NULL AND health = 0
GROUP BY client
ORDER BY requests + connections DESC, client
LIMIT {{limit}}
