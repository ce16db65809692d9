-- title: Rows of a VPC flow log
-- One row for each line of the window with its interval in microseconds since 1970. Absent is NULL. `rejected` tells header
-- lines from what is no flow log.
SELECT
    TRY_CAST(end_time AS bigint) * 1000000 AS end_us,
    TRY_CAST(start_time AS bigint) * 1000000 AS start_us,
    nullif(interface_id, '-') AS interface_id,
    nullif(srcaddr, '-') AS source,
    nullif(dstaddr, '-') AS destination,
    nullif(srcport, '-') AS source_port,
    nullif(dstport, '-') AS destination_port,
    nullif(protocol, '-') AS protocol,
    CASE WHEN length(packets) > 18 THEN 999999999999999999 ELSE TRY_CAST(packets AS bigint) END AS packets,
    CASE WHEN length(bytes) > 18 THEN 999999999999999999 ELSE TRY_CAST(bytes AS bigint) END AS bytes,
    nullif(action, '-') AS action,
    log_status,
    nullif(flow_direction, '-') AS flow_direction,
    CASE WHEN unmatched IS NULL THEN NULL
        WHEN trim(unmatched) = '' THEN 'blank'
        WHEN regexp_like(unmatched, '^[a-z-]+ [a-z-]+ ') THEN 'header'
        ELSE 'malformed' END AS rejected
FROM {{database}}.{{table}}
WHERE {{days}}
    AND (unmatched IS NOT NULL
        OR coalesce(TRY_CAST(end_time AS bigint), TRY_CAST(start_time AS bigint)) BETWEEN {{since_seconds}} AND {{until_seconds}})
