-- What carrying out a decision of a person reads and writes. The temp tables named and going hold reports.

-- name: last_act
-- The last event that changed anything because of the decisions about one subject.
SELECT decision_id, event_id, effect FROM link.events
WHERE decision_id IN (SELECT unnest($decisions)) AND effect IN ('merged', 'split')
ORDER BY event_id DESC LIMIT 1

-- name: codes
SELECT DISTINCT m.case_code
FROM link.memberships AS m JOIN named AS n ON n.system = m.system AND n.source_id = m.source_id
ORDER BY m.case_code

-- name: links
-- The links between the reports of a case that rules accepted.
SELECT e.system_a, e.source_id_a, e.system_b, e.source_id_b
FROM link.edges AS e
JOIN link.memberships AS a ON a.system = e.system_a AND a.source_id = e.source_id_a AND a.case_code = $code
JOIN link.memberships AS b ON b.system = e.system_b AND b.source_id = e.source_id_b AND b.case_code = $code
WHERE e.accepted

-- name: since
-- Reports that rules brought to a case after an event; those that a person brought have their own decision.
SELECT m.system, m.source_id
FROM link.memberships AS m
WHERE m.case_code = $code AND m.event_id > $since AND NOT EXISTS (
    SELECT 1 FROM link.moves AS v JOIN link.events AS e ON e.event_id = v.event_id
    WHERE v.system = m.system AND v.source_id = m.source_id AND v.event_id > $since AND e.decision_id IS NOT NULL
)

-- name: present
SELECT 1 FROM linkable AS r JOIN going AS g ON g.system = r.system AND g.source_id = r.source_id LIMIT 1

-- name: revived
SELECT c.case_code
FROM link.case_codes AS c JOIN going AS g ON g.system = c.first_system AND g.source_id = c.first_source_id
ORDER BY c.minted_at, c.case_code
LIMIT 1

-- name: grouped
CREATE OR REPLACE TEMP TABLE grouped AS
SELECT r.system, r.source_id, r.reported_at, r.accepted_at, r.county_filed, CAST(NULL AS VARCHAR) AS case_code,
    CAST(NULL AS TIMESTAMP) AS minted_at, 'going' AS grp, CAST(NULL AS BIGINT) AS part_node, CAST(NULL AS VARCHAR) AS part
FROM linkable AS r JOIN going AS g ON g.system = r.system AND g.source_id = r.source_id

-- name: minted
INSERT INTO link.case_codes
SELECT case_code, $as_of, county_code, case_date, seq, system, source_id, $event_id FROM minted

-- name: forwarded
INSERT INTO link.case_aliases VALUES ($old_code, $new_code, $as_of, $event_id)

-- name: moves
INSERT INTO link.moves
SELECT $event_id, m.system, m.source_id, m.case_code, $new_code, m.part, m.method, m.evidence
FROM link.memberships AS m JOIN going AS g ON g.system = m.system AND g.source_id = m.source_id

-- name: moved
UPDATE link.memberships AS m
SET case_code = $new_code, part = nullif(coalesce(m.part, $old_code), $new_code), method = 'decided',
    evidence = CAST(json_object('rule', 'decided', 'decision', $decision_id, 'from_code', $old_code) AS VARCHAR),
    from_as_of = $as_of, event_id = $event_id
FROM going AS g
WHERE m.system = g.system AND m.source_id = g.source_id

-- name: first
UPDATE link.memberships AS m SET method = 'first', evidence = '{"rule":"first"}'
FROM link.case_codes AS c
WHERE c.case_code = $new_code AND m.event_id = $event_id
    AND m.case_code = c.case_code AND m.system = c.first_system AND m.source_id = c.first_source_id

-- name: restored
-- Why a report belonged to its case before the decision that is taken back.
UPDATE link.memberships AS m SET part = nullif(v.part, $new_code), method = v.method, evidence = v.evidence
FROM link.moves AS v
WHERE v.event_id = $undoing AND v.from_code = $new_code AND m.case_code = $new_code AND m.event_id = $event_id
    AND m.system = v.system AND m.source_id = v.source_id

-- name: cut
UPDATE link.edges AS e SET accepted = false, refused_because = 'parted'
WHERE e.accepted AND EXISTS (
    SELECT 1 FROM going AS g, link.memberships AS m
    WHERE m.case_code = $old_code AND (
        (g.system = e.system_a AND g.source_id = e.source_id_a AND m.system = e.system_b AND m.source_id = e.source_id_b)
        OR (g.system = e.system_b AND g.source_id = e.source_id_b AND m.system = e.system_a AND m.source_id = e.source_id_a)
    )
)

-- name: closed
INSERT INTO link.events BY NAME
SELECT $event_id AS event_id, $as_of AS as_of, $decision_id AS decision_id, $effect AS effect,
    (SELECT count(*) FROM link.moves WHERE event_id = $event_id) AS reports, 0 AS edges, $minted AS minted, 0 AS joined,
    $merged AS merged
