INSERT INTO link.case_codes
SELECT case_code, $as_of, county_code, case_date, seq, system, source_id, $event_id FROM minted;

-- Members of a merged case that are not in the record at present move too: they may come back.
INSERT INTO link.case_aliases
SELECT DISTINCT old_code, new_code, CAST($as_of AS TIMESTAMP), CAST($event_id AS BIGINT)
FROM changes WHERE old_code IS NOT NULL ORDER BY old_code;

INSERT INTO link.moves
SELECT $event_id, m.system, m.source_id, m.case_code, a.new_code, m.part, m.method, m.evidence
FROM link.case_aliases AS a JOIN link.memberships AS m ON m.case_code = a.old_code
WHERE a.event_id = $event_id;

UPDATE link.memberships AS m SET case_code = a.new_code, part = coalesce(m.part, a.old_code)
FROM link.case_aliases AS a
WHERE a.event_id = $event_id AND m.case_code = a.old_code;

DELETE FROM link.memberships AS m USING changes AS c WHERE m.system = c.system AND m.source_id = c.source_id;

INSERT INTO link.memberships BY NAME
SELECT c.system, c.source_id, c.new_code AS case_code, c.method, c.evidence, r.record_hash, $as_of AS from_as_of,
    $event_id AS event_id, c.part
FROM changes AS c JOIN linkable AS r ON r.system = c.system AND r.source_id = c.source_id;

-- A report that changed without changing its case is known in its new form from now on.
UPDATE link.memberships AS m SET record_hash = d.record_hash
FROM delta AS d
WHERE m.system = d.system AND m.source_id = d.source_id AND m.record_hash <> d.record_hash;

-- An edge refused before may have been judged again.
DELETE FROM link.edges AS e USING numbered_edges AS n
WHERE e.system_a = n.system_a AND e.source_id_a = n.source_id_a
    AND e.system_b = n.system_b AND e.source_id_b = n.source_id_b;

INSERT INTO link.edges
SELECT n.system_a, n.source_id_a, n.system_b, n.source_id_b, n.rule, n.days,
    CAST(json_object('matched', n.matched, 'swapped', n.swapped) AS VARCHAR), v.accepted, v.refused_because,
    $as_of, $event_id
FROM numbered_edges AS n JOIN verdicts AS v USING (edge);

INSERT INTO link.events BY NAME
SELECT $event_id AS event_id, $as_of AS as_of,
    (SELECT count(*) FROM delta) AS reports, (SELECT count(*) FROM numbered_edges) AS edges,
    (SELECT count(*) FROM minted) AS minted,
    (SELECT count(*) FROM changes AS c WHERE c.old_code IS NULL AND c.method <> 'first') AS joined,
    (SELECT count(DISTINCT old_code) FROM changes WHERE old_code IS NOT NULL) AS merged;
