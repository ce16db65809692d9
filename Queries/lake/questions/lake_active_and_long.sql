-- title: Which of the busiest addresses held long connections, and did they before
-- kinds: nlb
-- parameters: before (needed), during (needed), long=5m, top=30, limit=30
WITH facts AS (
{{facts}}
),
clients AS (
    SELECT
        client,
        sum(CASE WHEN end_us >= {{before_start}} AND end_us < {{before_end}} THEN 1 ELSE 0 END) AS connections_before,
        sum(CASE WHEN end_us >= {{during_start}} AND end_us < {{during_end}} THEN 1 ELSE 0 END) AS connections_during,
        sum(CASE WHEN duration_ns > {{long}} AND end_us >= {{before_start}} AND end_us < {{before_end}} THEN 1 ELSE 0 END) AS long_before,
        sum(CASE WHEN duration_ns > {{long}} AND end_us >= {{during_start}} AND end_us < {{during_end}} THEN 1 ELSE 0 END) AS long_during,
        max(CASE WHEN end_us >= {{during_start}} AND end_us < {{during_end}} THEN duration_ns END) / 1e6 AS longest_during_ms
    FROM facts
    WHERE client IS NOT NULL
    GROUP BY client
),
ranked AS (
    SELECT clients.*, row_number() OVER (ORDER BY connections_during DESC, client) AS rank_during
    FROM clients
)
SELECT rank_during, client, connections_before, connections_during, long_before, long_during, longest_during_ms
FROM ranked
WHERE rank_during <= {{top}} AND long_during > 0
ORDER BY rank_during
LIMIT {{limit}}
