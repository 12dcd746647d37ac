-- The case of a code.
SELECT c.*, town.name AS town_name, town_then.name AS town_name_then, village.name AS village_name,
       stage.label AS stage_name, status.label AS status_name, result.label AS result_name,
       matter.label AS matter_name, clock.name AS clock_name, first.title AS first_system_title
FROM {core.cases} AS c
LEFT JOIN {place_names} AS town ON town.code = c.town_code
LEFT JOIN {place_names} AS town_then ON town_then.code = c.town_code_then
LEFT JOIN {place_names} AS village ON village.code = c.village_code
LEFT JOIN {ref.codes} AS stage ON stage.list = 'stage' AND stage.code = c.stage_code
LEFT JOIN {ref.codes} AS status ON status.list = 'status' AND status.code = c.status_code
LEFT JOIN {ref.codes} AS result ON result.list = 'result' AND result.code = c.result_code
LEFT JOIN {ref.codes} AS matter ON matter.list = 'matter_kind' AND matter.code = c.matter_kind
LEFT JOIN {ref.clocks} AS clock ON clock.clock_code = c.clock_code
LEFT JOIN {ref.systems} AS first ON first.system = c.first_system
WHERE c.case_code = $code
