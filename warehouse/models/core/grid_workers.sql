-- description: 网格员：履行公共职务的人员，姓名公开；同一网格可有多人
-- key: system, source_id
-- column name: 姓名
-- column grid_code: 所在网格
-- column worker_kind_name: 网格员类别名称
-- column org_name: 所属单位
-- column active: 现在在岗：未离岗
SELECT
    w.system, w.source_id, w.grid_code, w.name, w.worker_kind_code, kind.label AS worker_kind_name, w.org_name,
    w.started_at, w.ended_at,
    coalesce(w.active, true) AND (w.ended_at IS NULL OR w.ended_at > CAST(getvariable('as_of') AS TIMESTAMP)) AS active,
    substr(coalesce(town.today_code, county.today_code, w.county_code), 1, 4) AS prefecture_code,
    substr(coalesce(town.today_code, county.today_code, w.county_code), 1, 6) AS county_code,
    CASE WHEN town.today_code IS NULL THEN w.town_code WHEN length(town.today_code) = 9 THEN town.today_code END
        AS town_code,
    w.village_code, w.load_id, w.position, w.landed_at
FROM record.grid_workers AS w
LEFT JOIN ref.division_today AS county ON county.old_code = w.county_code
LEFT JOIN ref.division_today AS town ON town.old_code = w.town_code
LEFT JOIN ref.codes AS kind ON kind.list = 'grid_worker_kind' AND kind.code = w.worker_kind_code
