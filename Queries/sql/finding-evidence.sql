-- title: The evidence of one finding
-- purpose: Where in the original files the packets and lines of a finding stand.
-- columns: finding_id, "check", summary, path, kind, record, offset
-- parameters: finding (needed: a number)
SELECT e.finding_id, f."check", f.summary, s.path, s.kind, e.record, e.offset
FROM evidence e
JOIN findings f ON f.id = e.finding_id
JOIN sources s ON s.id = e.source_id
WHERE e.finding_id = CAST(:finding AS INTEGER)
ORDER BY e.source_id, e.record;
