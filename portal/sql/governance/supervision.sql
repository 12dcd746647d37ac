-- Cases to press for: red before yellow, longest overdue first, then nearest due; at most $cap per county.
SELECT c.case_code, c.colour, c.colour_reason, c.case_type_name, c.county_code, c.town_code, c.stage_code,
       c.handling_org_name, c.due_at, c.due_provisional, c.is_overdue, c.overdue_days, c.as_of,
       county.name AS county_name, town.name AS town_name, stage.label AS stage_name
FROM {core.cases} AS c
LEFT JOIN {place_names} AS county ON county.code = c.county_code
LEFT JOIN {place_names} AS town ON town.code = c.town_code
LEFT JOIN {ref.codes} AS stage ON stage.list = 'stage' AND stage.code = c.stage_code
WHERE c.is_open AND c.colour IN ('red', 'yellow') AND {inside_area}
QUALIFY row_number() OVER (
    PARTITION BY c.county_code
    ORDER BY c.colour = 'red' DESC, c.overdue_days DESC NULLS LAST, c.due_at NULLS LAST, c.case_code
) <= $cap
ORDER BY c.colour = 'red' DESC, c.overdue_days DESC NULLS LAST, c.due_at NULLS LAST, c.case_code
LIMIT $size
