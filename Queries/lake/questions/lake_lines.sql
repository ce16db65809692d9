-- title: How many lines are rows, and how many are none
-- kinds: alb nlb clb alb-connection vpc-flow
-- parameters: from (needed), to (needed)
-- Lines of the days of the window. `matched` and `unmatched` add up to `lines`: no line is lost in between.
SELECT
    count(*) AS lines,
    count(*) - count(unmatched) AS matched,
    count(unmatched) AS unmatched,
    count(nullif(trim(unmatched), '')) AS unmatched_not_blank,
    count(tail) AS with_unknown_fields
FROM {{database}}.{{table}}
WHERE {{days}}
