-- New reports, and those that changed since they were linked.
CREATE OR REPLACE TEMP TABLE delta AS
SELECT r.*, m.case_code
FROM linkable AS r
LEFT JOIN link.memberships AS m ON m.system = r.system AND m.source_id = r.source_id
WHERE m.record_hash IS DISTINCT FROM r.record_hash;
