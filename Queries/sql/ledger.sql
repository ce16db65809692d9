-- title: Was everything read
-- purpose: Inputs by kind: records, what was accepted, ignored, rejected, and the time they cover. records =
--          accepted + ignored + rejected, always.
-- columns: kind, vantage, status, inputs, records, accepted, ignored, rejected, anomalous, first_time, last_time
-- parameters: none
SELECT
    kind, vantage, status, count(*) AS inputs, sum(records) AS records, sum(accepted) AS accepted,
    sum(ignored) AS ignored, sum(rejected) AS rejected, sum(anomalous) AS anomalous, min(first_time) AS first_time,
    max(last_time) AS last_time
FROM sources
GROUP BY kind, vantage, status
ORDER BY kind, vantage, status;
