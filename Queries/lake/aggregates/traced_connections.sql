-- title: The connections of some clients of an ALB, pieced together from the requests with one trace id
-- For each window, over what was logged around it: a lower bound of how long each connection lived.
WITH facts AS (
{{facts}}
)
SELECT *
FROM (
    SELECT
        min(CASE WHEN end_us >= {{before_start}} - {{reach}} AND end_us < {{before_end}} + {{reach}} THEN coalesce(start_us, end_us) END) AS before_start_us,
        max(CASE WHEN end_us >= {{before_start}} - {{reach}} AND end_us < {{before_end}} + {{reach}} THEN end_us END) AS before_end_us,
        max(CASE WHEN end_us >= {{before_start}} - {{reach}} AND end_us < {{before_end}} + {{reach}} THEN upgraded END) AS before_upgraded,
        min(CASE WHEN end_us >= {{during_start}} - {{reach}} AND end_us < {{during_end}} + {{reach}} THEN coalesce(start_us, end_us) END) AS during_start_us,
        max(CASE WHEN end_us >= {{during_start}} - {{reach}} AND end_us < {{during_end}} + {{reach}} THEN end_us END) AS during_end_us,
        max(CASE WHEN end_us >= {{during_start}} - {{reach}} AND end_us < {{during_end}} + {{reach}} THEN upgraded END) AS during_upgraded,
        min(client) AS client
    FROM facts
    WHERE client IN ({{clients}}) AND trace LIKE 'TID%' AND length(trace) > 4
    GROUP BY trace
) AS pieces
WHERE (before_end_us - before_start_us) * 1000 > {{long_ns}} OR (during_end_us - during_start_us) * 1000 > {{long_ns}}
