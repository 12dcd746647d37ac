-- description: 智能分流建议：每个尚在一窗受理环节的在办案件一行，走哪条路、哪一级、哪个组织受理，各有规则和理由；只是建议，由窗口决定
-- key: case_code
-- column path_rule: 定路径的规则（ref.triage_rules）
-- column path_target: 建议的去向
-- column path_reason: 去向的理由
-- column level_rule: 定层级的规则；不作调解的为空
-- column level: 建议的受理层级：village 村社，town 镇街，county 县级中心或行业组织
-- column level_reason: 层级的理由
-- column agency_system: 建议的组织所在系统
-- column agency_source_id: 建议的组织在其系统中的主键；没有合适组织的为空，转县级窗口人工分派
-- column agency_name: 建议的组织
-- column agency_reason: 选这个组织的理由
-- column alternatives: 其次的组织，最多两个
-- test: SELECT case_code FROM mart.triage WHERE path_rule IS NULL OR path_reason IS NULL
-- test: SELECT case_code FROM mart.triage WHERE agency_source_id IS NOT NULL AND agency_reason IS NULL
WITH failed AS (
    SELECT case_code, count(*) AS times FROM core.case_reports WHERE result_code = '04' GROUP BY case_code
), waiting AS (
    SELECT c.case_code, c.case_type_code, c.status_code, c.risk_level, c.amount_involved, c.party_count, c.is_group,
        c.system_count, f.case_code IS NOT NULL AS has_failed, c.platform_code, c.platform_name,
        c.prefecture_code, c.county_code, c.town_code, c.village_code, c.grid_code, c.as_of
    FROM core.cases AS c
    LEFT JOIN failed AS f ON f.case_code = c.case_code
    WHERE c.is_open AND coalesce(c.stage_code, '10') = '10'
), matched AS (
    SELECT w.case_code, r.rule_step, r.rule_id, r.path_target, r.org_type_code, r.taken_level, r.rule_reason,
        row_number() OVER (PARTITION BY w.case_code, r.rule_step ORDER BY r.priority) AS nth
    FROM waiting AS w
    INNER JOIN ref.triage_rules AS r
        ON (r.case_type IS NULL OR substr(w.case_type_code, 1, length(r.case_type)) = r.case_type)
        AND (r.status_code IS NULL OR r.status_code = w.status_code)
        AND (r.max_risk_level IS NULL OR w.risk_level <= r.max_risk_level)
        AND (r.min_amount IS NULL OR w.amount_involved >= r.min_amount)
        AND (r.below_amount IS NULL OR w.amount_involved < r.below_amount)
        AND (r.min_parties IS NULL OR w.party_count >= r.min_parties)
        AND (r.below_parties IS NULL OR w.party_count < r.below_parties)
        AND (r.is_group IS NULL OR w.is_group = r.is_group)
        AND (r.has_failed IS NULL OR w.has_failed = r.has_failed)
        AND (r.min_systems IS NULL OR w.system_count >= r.min_systems)
        AND (r.below_systems IS NULL OR w.system_count < r.below_systems)
), routed AS (
    -- A path that names its kind of agency needs no level; one that leads to another authority needs neither.
    SELECT w.*, p.rule_id AS path_rule, p.path_target, p.rule_reason AS path_reason,
        CASE WHEN p.rule_id = 'mediation' THEN l.rule_id END AS level_rule,
        CASE WHEN p.rule_id = 'mediation' THEN l.taken_level ELSE p.taken_level END AS level,
        CASE WHEN p.rule_id = 'mediation' THEN l.rule_reason WHEN p.taken_level IS NOT NULL THEN p.rule_reason END AS level_reason,
        CASE WHEN p.rule_id = 'mediation' THEN l.org_type_code ELSE p.org_type_code END AS org_type_code
    FROM waiting AS w
    LEFT JOIN matched AS p ON p.case_code = w.case_code AND p.rule_step = 'path' AND p.nth = 1
    LEFT JOIN matched AS l ON l.case_code = w.case_code AND l.rule_step = 'level' AND l.nth = 1
), candidates AS (
    -- In its own town or county, in the prefecture where the kind is rare; then who has least to do for each mediator.
    SELECT r.case_code, a.system, a.source_id, a.name, a.open_cases, a.success_rate, a.mediator_count,
        row_number() OVER (
            PARTITION BY r.case_code
            ORDER BY coalesce(a.town_code = r.town_code, false) DESC, a.county_code = r.county_code DESC,
                coalesce(a.open_per_mediator, a.open_cases), a.success_rate DESC NULLS LAST, a.system, a.source_id
        ) AS nth
    FROM routed AS r
    INNER JOIN mart.agencies AS a
        ON a.org_type_code = r.org_type_code AND coalesce(a.active, true)
        AND CASE r.level WHEN 'county' THEN a.prefecture_code = r.prefecture_code
                AND (a.county_code = r.county_code OR r.org_type_code <> '09')
            ELSE a.town_code = r.town_code END
), others AS (
    SELECT case_code, string_agg(name, '；' ORDER BY nth) AS alternatives
    FROM candidates WHERE nth IN (2, 3) GROUP BY case_code
)
SELECT
    r.case_code, r.path_rule, r.path_target, r.path_reason, r.level_rule, r.level, r.level_reason,
    r.platform_code, r.platform_name,
    a.system AS agency_system, a.source_id AS agency_source_id, a.name AS agency_name,
    CASE WHEN a.source_id IS NOT NULL THEN concat_ws('，',
        '在办' || CAST(a.open_cases AS VARCHAR) || '件', '在任调解员' || CAST(a.mediator_count AS VARCHAR) || '名',
        '近90天化解率' || CAST(CAST(round(100 * a.success_rate) AS INTEGER) AS VARCHAR) || '%') END AS agency_reason,
    o.alternatives, r.prefecture_code, r.county_code, r.town_code, r.village_code, r.grid_code, r.as_of
FROM routed AS r
LEFT JOIN candidates AS a ON a.case_code = r.case_code AND a.nth = 1
LEFT JOIN others AS o ON o.case_code = r.case_code
