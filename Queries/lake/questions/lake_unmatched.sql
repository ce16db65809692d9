-- title: The lines that are no rows
-- kinds: alb nlb clb alb-connection vpc-flow
-- parameters: from (needed), to (needed), limit=30
SELECT
    unmatched,
    count(*) AS lines
FROM {{database}}.{{table}}
WHERE {{days}} AND unmatched IS NOT NULL
GROUP BY unmatched
ORDER BY lines DESC, unmatched
LIMIT {{limit}}
