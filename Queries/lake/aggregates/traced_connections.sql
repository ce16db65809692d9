-- title: The connections of some clients of an ALB, pieced together from the requests with one trace id
-- For each window, over what was logged around it: a lower bound of how long each connection lived. A request that names
-- no connection stands for one alone. Only long ones are told, and of each client the longest that the window before counts.
WITH facts AS (
{{facts}}
),
requests AS (
    SELECT
        client,
        CASE WHEN trace LIKE 'TID%' AND length(trace) > 4 THEN trace END AS trace,
        coalesce(start_us, end_us) AS start_us,
        end_us,
        upgraded,
        end_us >= {{before_start}} - {{reach}} AND end_us < {{before_end}} + {{reach}} AS is_before,
        end_us >= {{during_start}} - {{reach}} AND end_us < {{during_end}} + {{reach}} AS is_during
    FROM facts
    WHERE {{clients}}
)
SELECT before_start_us, before_end_us, before_upgraded, during_start_us, during_end_us, during_upgraded, client
FROM (
    SELECT
        pieces.*,
        row_number() OVER (
            PARTITION BY client
            ORDER BY CASE WHEN before_end_us >= {{before_start}} AND before_end_us < {{before_end}}
                THEN before_end_us - before_start_us ELSE -1 END DESC, coalesce(before_upgraded, 0)
        ) AS place
    FROM (
        SELECT
            min(CASE WHEN is_before THEN start_us END) AS before_start_us,
            max(CASE WHEN is_before THEN end_us END) AS before_end_us,
            max(CASE WHEN is_before THEN upgraded END) AS before_upgraded,
            min(CASE WHEN is_during THEN start_us END) AS during_start_us,
            max(CASE WHEN is_during THEN end_us END) AS during_end_us,
            max(CASE WHEN is_during THEN upgraded END) AS during_upgraded,
            min(client) AS client
        FROM requests
        WHERE trace IS NOT NULL
        GROUP BY trace
        UNION ALL
        SELECT
            CASE WHEN is_before THEN start_us END AS before_start_us,
            CASE WHEN is_before THEN end_us END AS before_end_us,
            CASE WHEN is_before THEN upgraded END AS before_upgraded,
            CASE WHEN is_during THEN start_us END AS during_start_us,
            CASE WHEN is_during THEN end_us END AS during_end_us,
            CASE WHEN is_during THEN upgraded END AS during_upgraded,
            client
        FROM requests
        WHERE trace IS NULL AND (end_us - start_us) * 1000 > {{long_ns}}
    ) AS pieces
) AS ranked
WHERE (place = 1 AND before_end_us >= {{before_start}} AND before_end_us < {{before_end}})
    OR (before_end_us - before_start_us) * 1000 > {{long_ns}}
    OR (during_end_us - during_start_us) * 1000 > {{long_ns}}
