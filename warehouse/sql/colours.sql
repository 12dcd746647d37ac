-- The colours of cases as builds saw them, one row for each change.

-- name: forget
DELETE FROM ops.case_colours WHERE seen_at >= $as_of;

-- name: keep
INSERT INTO ops.case_colours BY NAME
SELECT case_code, seen_at, colour, time_colour, risk_colour, colour_reason, holder_org
FROM core.colour_history
WHERE seen_at >= $as_of;
