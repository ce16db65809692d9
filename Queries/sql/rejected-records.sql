-- title: Records that could not be used
-- purpose: Rejected lines and packets by input and reason, with the first of each that is kept: all are counted, and where
--          many come in a row the first ones of each stretch are kept.
-- columns: path, kind, reason, records, first_record, offset, sample
-- parameters: limit=100
WITH kept AS (
    SELECT source_id, reason, min(record) AS first_record, min(offset) AS offset, min(sample) AS sample
    FROM rejects
    GROUP BY source_id, reason
)
SELECT s.path, s.kind, counted.key AS reason, counted.value AS records, kept.first_record, kept.offset, kept.sample
FROM sources s CROSS JOIN json_each(s.rejected_by_reason) counted
    LEFT JOIN kept ON kept.source_id = s.id AND kept.reason = counted.key
ORDER BY records DESC, s.path, reason
LIMIT coalesce(:limit, 100);
