-- title: Clients that were not there before
-- purpose: Clients seen from :from to :to and never earlier in the evidence. The longer the evidence before, the
--          more it means.
-- columns: fact, kind, vantage, client_ip, first_time, count
-- parameters: from (needed), to, kind, limit=50 (each kind), health_checks=0
WITH bounds(low, high) AS (
    SELECT
        coalesce(
            CAST(strftime('%s', :from) AS INTEGER) * 1000000000 + CAST(substr(:from, 21, 9) AS INTEGER),
            -9223372036854775807),
        coalesce(
            CAST(strftime('%s', :to) AS INTEGER) * 1000000000 + CAST(substr(:to, 21, 9) AS INTEGER),
            9223372036854775807)
), seen AS (
    SELECT
        'requests' AS fact, kind, vantage, client_ip, min(time_ns) AS first_ns, min(time) AS first_time,
        sum(weight * (time_ns >= low AND time_ns < high)) AS count
    FROM requests, bounds
    WHERE is_health_check <= coalesce(:health_checks, 0) AND is_second_leg = 0 AND kind = coalesce(:kind, kind)
    GROUP BY kind, vantage, client_ip
    UNION ALL
    SELECT
        'connections', kind, vantage, client_ip, min(end_ns), min(end_time),
        sum(weight * (end_ns >= low AND end_ns < high))
    FROM connections, bounds
    WHERE is_health_check <= coalesce(:health_checks, 0) AND is_second_leg = 0 AND role <> 'backend'
        AND kind = coalesce(:kind, kind)
    GROUP BY kind, vantage, client_ip
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY fact, kind, vantage ORDER BY count DESC, client_ip) AS rank
    FROM seen, bounds
    WHERE :from IS NOT NULL AND first_ns >= low AND first_ns < high
)
SELECT fact, kind, vantage, client_ip, first_time, count
FROM ranked
WHERE rank <= coalesce(:limit, 50)
ORDER BY fact DESC, kind, vantage, rank;
