-- title: Which ports of targets (for NLB logs: of listeners) took the most traffic
-- kinds: alb nlb clb alb-connection
-- parameters: from (needed), to (needed), limit=30
WITH facts AS (
{{facts}}
)
SELECT
    target_port,
    sum(requests) AS requests,
    sum(connections) AS connections,
    sum(CAST(coalesce(received, 0) + coalesce(sent, 0) AS decimal(38, 0))) AS bytes,
    sum(error) AS errors,
    max(coalesce(total_ns, duration_ns)) / 1e6 AS longest_ms
FROM facts
WHERE end_us >= {{from}} AND end_us < {{to}} AND target_port IS NOT NULL AND health = 0
GROUP BY target_port
ORDER BY requests + connections DESC, target_port
LIMIT {{limit}}
