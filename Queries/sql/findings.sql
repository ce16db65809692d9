-- title: What the checks found
-- purpose: Findings that go on in the time asked for, by severity, the worst and those of the most sightings first.
-- columns: id, time, severity, "check", blame, subject, count, summary
-- parameters: from, to, severity, check, limit=100
WITH bounds(low, high) AS (
    SELECT
        coalesce(
            CAST(strftime('%s', :from) AS INTEGER) * 1000000000 + CAST(substr(:from, 21, 9) AS INTEGER),
            -9223372036854775807),
        coalesce(
            CAST(strftime('%s', :to) AS INTEGER) * 1000000000 + CAST(substr(:to, 21, 9) AS INTEGER),
            9223372036854775807)
)
SELECT id, time, severity, "check", blame, subject, count, summary
FROM findings, bounds
WHERE end_ns >= low AND time_ns < high AND severity = coalesce(:severity, severity)
    AND "check" = coalesce(:check, "check")
ORDER BY
    CASE severity WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 WHEN 'notice' THEN 2 ELSE 3 END, count DESC, time_ns, id
LIMIT coalesce(:limit, 100);
