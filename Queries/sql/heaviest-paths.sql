-- title: Where the bytes go
-- purpose: Domains and paths by bytes sent to clients, with the size of a typical answer.
-- columns: kind, vantage, domain, path, requests, bytes_from_server, bytes_from_client, mean_answer_bytes,
--          largest_answer_bytes
-- parameters: from, to, kind, limit=50, health_checks=0
WITH bounds(low, high) AS (
    SELECT
        coalesce(
            CAST(strftime('%s', :from) AS INTEGER) * 1000000000 + CAST(substr(:from, 21, 9) AS INTEGER),
            -9223372036854775807),
        coalesce(
            CAST(strftime('%s', :to) AS INTEGER) * 1000000000 + CAST(substr(:to, 21, 9) AS INTEGER),
            9223372036854775807)
)
SELECT
    kind, vantage, domain, path, sum(weight) AS requests,
    CAST(sum(1.0 * weight * bytes_from_server) AS INTEGER) AS bytes_from_server,
    CAST(sum(1.0 * weight * bytes_from_client) AS INTEGER) AS bytes_from_client,
    CAST(sum(1.0 * weight * bytes_from_server) / sum(weight) AS INTEGER) AS mean_answer_bytes,
    max(bytes_from_server) AS largest_answer_bytes
FROM requests, bounds
WHERE time_ns >= low AND time_ns < high AND is_health_check <= coalesce(:health_checks, 0) AND is_second_leg = 0
    AND kind = coalesce(:kind, kind)
GROUP BY kind, vantage, domain, path
ORDER BY bytes_from_server DESC, kind, vantage, domain, path
LIMIT coalesce(:limit, 50);
