-- title: Records that could not be used
-- purpose: Rejected lines and packets by input and reason, with one sample of each.
-- columns: path, kind, reason, records, first_record, offset, sample
-- parameters: limit=100
SELECT
    s.path, s.kind, r.reason, count(*) AS records, min(r.record) AS first_record, min(r.offset) AS offset,
    min(r.sample) AS sample
FROM rejects r JOIN sources s ON s.id = r.source_id
GROUP BY s.id, r.reason
ORDER BY records DESC, s.path, r.reason
LIMIT coalesce(:limit, 100);
