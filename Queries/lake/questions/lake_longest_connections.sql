-- title: Which addresses held connections longest
-- kinds: nlb
-- parameters: from (needed), to (needed), long=5m, limit=30
WITH facts AS (
{{facts}}
)
SELECT
    client,
    count(*) AS connections,
    sum(CASE WHEN duration_ns > {{long}} THEN 1 ELSE 0 END) AS long_connections,
    max(duration_ns) / 1e6 AS longest_ms,
    sum(CAST(duration_ns AS decimal(38, 0))) / 1e6 AS total_ms
FROM facts
WHERE end_us >= {{from}} AND end_us < {{to}} AND client IS NOT NULL
GROUP BY client
ORDER BY longest_ms DESC, client
LIMIT {{limit}}
