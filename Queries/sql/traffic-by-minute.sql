-- title: Traffic minute by minute
-- purpose: The shape of the hour: requests, connections, bytes and errors of each minute, from the roll-ups, so it
--          answers at once. Minutes are whole: the one that holds :from or :to counts altogether. What a kind does not
--          tell is NULL. Errors are of requests and of connections, and their share is of both.
-- columns: kind, vantage, time, requests, connections, bytes, errors, error_share
-- parameters: from, to, kind, health_checks=0
WITH bounds(low, high) AS (
    SELECT
        coalesce(CAST(strftime('%s', :from) AS INTEGER) / 60 * 60000000000, -9223372036854775807),
        coalesce(
            (CAST(strftime('%s', :to) AS INTEGER) + 59 + (CAST(substr(:to, 21, 9) AS INTEGER) > 0)) / 60 * 60000000000,
            9223372036854775807)
)
SELECT
    kind, vantage, time, sum(requests) AS requests, sum(connections) AS connections,
    CAST(sum(1.0 * bytes) AS INTEGER) AS bytes,
    sum(errors) AS errors, round(1.0 * sum(errors) / (coalesce(sum(requests), 0) + coalesce(sum(connections), 0)), 4)
        AS error_share
FROM activity, bounds
WHERE dimension IS NULL AND is_health_check <= coalesce(:health_checks, 0) AND time_ns >= low AND time_ns < high
    AND kind = coalesce(:kind, kind)
GROUP BY kind, vantage, time
HAVING coalesce(sum(requests), 0) + coalesce(sum(connections), 0) > 0
ORDER BY kind, vantage, time;
