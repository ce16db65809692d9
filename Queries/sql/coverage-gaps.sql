-- title: What the evidence does not cover
-- purpose: Spans marked as missing or in doubt, by load balancer node and kind: a comparison whose window touches
--          one is weaker.
-- columns: kind, vantage, load_balancer, node, from_time, to_time, reason
-- parameters: from, to
WITH bounds(low, high) AS (
    SELECT
        coalesce(
            CAST(strftime('%s', :from) AS INTEGER) * 1000000000 + CAST(substr(:from, 21, 9) AS INTEGER),
            -9223372036854775807),
        coalesce(
            CAST(strftime('%s', :to) AS INTEGER) * 1000000000 + CAST(substr(:to, 21, 9) AS INTEGER),
            9223372036854775807)
)
SELECT DISTINCT s.kind, c.vantage, c.load_balancer, c.node, c.from_time, c.to_time, c.reason
FROM bounds, coverage c JOIN sources s ON s.id = c.source_id
WHERE c.reason IS NOT NULL
    AND CAST(strftime('%s', c.to_time) AS INTEGER) * 1000000000 + CAST(substr(c.to_time, 21, 9) AS INTEGER) >= low
    AND CAST(strftime('%s', c.from_time) AS INTEGER) * 1000000000 + CAST(substr(c.from_time, 21, 9) AS INTEGER) < high
ORDER BY s.kind, c.load_balancer, c.node, c.from_time, c.to_time, c.reason;
