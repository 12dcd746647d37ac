-- One statement per table of the schema ops: what happened, never what anybody is called.
CREATE TABLE IF NOT EXISTS ops.loads (
    load_id VARCHAR, kind VARCHAR, system VARCHAR, dataset VARCHAR, contract VARCHAR,
    declared BIGINT, landed BIGINT, loaded BIGINT, unchanged BIGINT, superseded BIGINT,
    duplicate BIGINT, deleted BIGINT, rejected BIGINT, balance BIGINT,
    since TIMESTAMP, files VARCHAR[], landed_at TIMESTAMP, as_of TIMESTAMP, merged_at TIMESTAMP
);
COMMENT ON TABLE ops.loads IS '账目：每次装载一行，landed = loaded + unchanged + superseded + duplicate + deleted + rejected';
COMMENT ON COLUMN ops.loads.load_id IS '装载编号';
COMMENT ON COLUMN ops.loads.kind IS '装载类别：sync 同步，backfill 补读，replay 隔离行重放，deletes 来源已删除的，verification 核验';
COMMENT ON COLUMN ops.loads.declared IS '来源声明的记录数；来源不声明时为空';
COMMENT ON COLUMN ops.loads.landed IS '落地清单中的记录数';
COMMENT ON COLUMN ops.loads.loaded IS '新增或更新的记录数';
COMMENT ON COLUMN ops.loads.unchanged IS '与现有记录相同的';
COMMENT ON COLUMN ops.loads.superseded IS '已有更新版本、不再采用的';
COMMENT ON COLUMN ops.loads.duplicate IS '同一次装载中重复的';
COMMENT ON COLUMN ops.loads.deleted IS '删除的';
COMMENT ON COLUMN ops.loads.rejected IS '被拒收的';
COMMENT ON COLUMN ops.loads.balance IS 'landed 减去写入方独立数出的六项之和，必须为 0';
COMMENT ON COLUMN ops.loads.since IS '本次读取的起点；空表示全量';
COMMENT ON COLUMN ops.loads.files IS '本次装载的原始文件名';
COMMENT ON COLUMN ops.loads.merged_at IS '并入数据仓的时间';

CREATE TABLE IF NOT EXISTS ops.issues (
    load_id VARCHAR, system VARCHAR, dataset VARCHAR, contract VARCHAR, rule_id VARCHAR, field VARCHAR,
    dimension VARCHAR, severity VARCHAR, responsibility VARCHAR, rows_failed BIGINT
);
COMMENT ON TABLE ops.issues IS '问题：每次装载、每条规则一行，记录未通过的行数';
COMMENT ON COLUMN ops.issues.load_id IS '装载编号';
COMMENT ON COLUMN ops.issues.rows_failed IS '该次装载中未通过的行数';

CREATE TABLE IF NOT EXISTS ops.rejected_rows (
    load_id VARCHAR, system VARCHAR, dataset VARCHAR, contract VARCHAR, position BIGINT,
    source_id VARCHAR, source_updated_at TIMESTAMP, row_token VARCHAR, file VARCHAR,
    rule_ids VARCHAR[], fields VARCHAR[], shown VARCHAR[], message VARCHAR, landed_at TIMESTAMP
);
ALTER TABLE ops.rejected_rows ADD COLUMN IF NOT EXISTS shown VARCHAR[];
ALTER TABLE ops.rejected_rows ADD COLUMN IF NOT EXISTS cell VARCHAR;
COMMENT ON TABLE ops.rejected_rows IS '被拒收的行：只有位置和理由，没有原值；原值在隔离区';
COMMENT ON COLUMN ops.rejected_rows.load_id IS '拒收它的装载';
COMMENT ON COLUMN ops.rejected_rows.message IS '首要理由的说明';
COMMENT ON COLUMN ops.rejected_rows.rule_ids IS '未通过的规则，与 fields 逐一对应';
COMMENT ON COLUMN ops.rejected_rows.fields IS '规则所在的字段，与 rule_ids 逐一对应';
COMMENT ON COLUMN ops.rejected_rows.shown IS '来源在这些字段里所填的内容（脱敏），与 rule_ids 逐一对应';
COMMENT ON COLUMN ops.rejected_rows.cell IS '电子表格中首个问题所在的工作表和单元格；其他来源为空';
COMMENT ON COLUMN ops.rejected_rows.row_token IS '没有主键的行以原文的令牌识别；有主键时为空';

CREATE TABLE IF NOT EXISTS ops.failing_records (
    system VARCHAR, dataset VARCHAR, contract VARCHAR, rule_id VARCHAR, field VARCHAR, source_id VARCHAR, shown VARCHAR
);
COMMENT ON TABLE ops.failing_records IS '未通过记录间规则（引用、唯一、流转、跨系统一致）的记录，每次建库重算';
COMMENT ON COLUMN ops.failing_records.shown IS '该字段的内容（脱敏）';

CREATE TABLE IF NOT EXISTS ops.order_rows (
    system VARCHAR, dataset VARCHAR, contract VARCHAR, rule_id VARCHAR, field VARCHAR, row_key VARCHAR,
    source_id VARCHAR, round INTEGER, rule_version VARCHAR, seen_in VARCHAR, attached_load_id VARCHAR,
    attached_at TIMESTAMP, settled_at TIMESTAMP, settled_how VARCHAR
);
COMMENT ON TABLE ops.order_rows IS '整改工单所附的行：工单按系统、契约、规则、字段归并；一行销去后再犯，另起一行';
COMMENT ON COLUMN ops.order_rows.row_key IS '来源主键；没有主键的行为其令牌；针对整个数据集的问题为 *';
COMMENT ON COLUMN ops.order_rows.round IS '轮次：工单各行全部销去为一轮，之后再犯为下一轮';
COMMENT ON COLUMN ops.order_rows.rule_version IS '最近一次判定未通过时的规则版本';
COMMENT ON COLUMN ops.order_rows.seen_in IS '最近一次判定未通过的装载；针对整个数据集的问题为其起始时间';
COMMENT ON COLUMN ops.order_rows.attached_load_id IS '首次附上工单时所依据的装载';
COMMENT ON COLUMN ops.order_rows.attached_at IS '附上工单的时间';
COMMENT ON COLUMN ops.order_rows.settled_at IS '销号时间；未销号的为空';
COMMENT ON COLUMN ops.order_rows.settled_how IS 'corrected 来源已更正，deleted 来源已删除，redelivered 无主键的行随文件重报而消除，cleared 数据集恢复正常，rule_changed 规则或对照改变，by_hand 人工销号';

CREATE TABLE IF NOT EXISTS ops.drift (
    load_id VARCHAR, system VARCHAR, dataset VARCHAR, field VARCHAR, change VARCHAR, detail VARCHAR,
    landed_at TIMESTAMP
);
COMMENT ON TABLE ops.drift IS '来文的字段与声明不同之处；因此被拒绝的装载不在 ops.loads 中';
COMMENT ON COLUMN ops.drift.load_id IS '装载编号';
COMMENT ON COLUMN ops.drift.field IS '来源系统的字段名';
COMMENT ON COLUMN ops.drift.change IS 'new 新增，missing 缺少，retyped 值的类型变了';
COMMENT ON COLUMN ops.drift.detail IS '在哪里、有多少，不含任何原值';

CREATE TABLE IF NOT EXISTS ops.attempts (
    system VARCHAR, dataset VARCHAR, day DATE, attempts BIGINT, failed BIGINT
);
COMMENT ON TABLE ops.attempts IS '最近 30 天每天读取来源的次数和失败次数，每次建库重算';
COMMENT ON COLUMN ops.attempts.attempts IS '读取次数';
COMMENT ON COLUMN ops.attempts.failed IS '其中失败的次数';

CREATE TABLE IF NOT EXISTS ops.quality_history (
    day DATE, level VARCHAR, department VARCHAR, system VARCHAR, dimension VARCHAR,
    rows_checked BIGINT, rows_failed BIGINT, rows_failed_elsewhere BIGINT, rate DOUBLE, tier VARCHAR
);
COMMENT ON TABLE ops.quality_history IS '质量得分的历史：每次建库记一天，同一天以最后一次为准';
COMMENT ON COLUMN ops.quality_history.level IS 'system 系统，department 部门';

CREATE TABLE IF NOT EXISTS ops.case_colours (
    case_code VARCHAR, seen_at TIMESTAMP, colour VARCHAR, time_colour VARCHAR, risk_colour VARCHAR,
    colour_reason VARCHAR, holder_org VARCHAR
);
COMMENT ON TABLE ops.case_colours IS '颜色的历史：案件的颜色每变一次记一行，只增不改；起止见 core.colour_history';
COMMENT ON COLUMN ops.case_colours.case_code IS '当时的案件编码，此后可能已并案';
COMMENT ON COLUMN ops.case_colours.seen_at IS '最先看到这一颜色的建库的数据截至时间';
COMMENT ON COLUMN ops.case_colours.colour_reason IS '当时颜色的理由';
COMMENT ON COLUMN ops.case_colours.holder_org IS '当时负责的单位';

CREATE TABLE IF NOT EXISTS ops.rule_history (
    day DATE, system VARCHAR, dataset VARCHAR, rule_id VARCHAR, version VARCHAR, rows_failed BIGINT
);
COMMENT ON TABLE ops.rule_history IS '每天每条规则的版本和未通过的行数，用来说明与上次相比变了什么';
COMMENT ON COLUMN ops.rule_history.version IS '当天的规则版本';

CREATE TABLE IF NOT EXISTS ops.metric_steps (step BIGINT, version BIGINT, as_of TIMESTAMP);
COMMENT ON TABLE ops.metric_steps IS '指标的历次结账：每次发布一行。某日已报的数，是该日及以前各步变化之和';
COMMENT ON COLUMN ops.metric_steps.step IS '结账序号，从 1 起；第一步是期初';
COMMENT ON COLUMN ops.metric_steps.version IS '随之发布的版本号';

CREATE TABLE IF NOT EXISTS ops.metric_changes (
    step BIGINT, metric VARCHAR, area_code VARCHAR, period VARCHAR, measured BIGINT, cause VARCHAR,
    numerator BIGINT, denominator BIGINT
);
COMMENT ON TABLE ops.metric_changes IS '指标变化的缘由：每一步里，每个指标、县、月、缘由使分子和分母变了多少；没有变的不列';
COMMENT ON COLUMN ops.metric_changes.step IS '结账序号';
COMMENT ON COLUMN ops.metric_changes.area_code IS '县（市、区）编码；县不详的为 33';
COMMENT ON COLUMN ops.metric_changes.period IS '月份；不分期或没有日期的为空';
COMMENT ON COLUMN ops.metric_changes.measured IS '平均数和分位数按所量的值（如工作日数）分列，分子为该值出现的次数；其他指标为空';
COMMENT ON COLUMN ops.metric_changes.cause IS 'definition 口径修订，merge 并案，split 拆案，delete 来源删除，remap 代码重新对照，late 迟到补报，edit 来源更新，new 新发生，recomputed 重新计算，opening 期初';
COMMENT ON COLUMN ops.metric_changes.numerator IS '分子的变化，可为负';
COMMENT ON COLUMN ops.metric_changes.denominator IS '分母的变化，可为负；没有分母的指标为空';

CREATE TABLE IF NOT EXISTS ops.metric_rows (
    step BIGINT, metric VARCHAR, area_code VARCHAR, period VARCHAR, cause VARCHAR, system VARCHAR, source_id VARCHAR,
    case_code VARCHAR, measured BIGINT, numerator BIGINT, denominator BIGINT
);
COMMENT ON TABLE ops.metric_rows IS '使已过月份的数变化的行，近 92 天的各步；新发生的和重新计算的不列';
COMMENT ON COLUMN ops.metric_rows.step IS '结账序号';
COMMENT ON COLUMN ops.metric_rows.area_code IS '县（市、区）编码；县不详的为 33';
COMMENT ON COLUMN ops.metric_rows.period IS '月份';
COMMENT ON COLUMN ops.metric_rows.cause IS 'late 迟到补报，remap 代码重新对照，split 拆案，edit 来源更新，merge 并案，delete 来源删除';
COMMENT ON COLUMN ops.metric_rows.system IS '来源系统；按案件计的指标为空';
COMMENT ON COLUMN ops.metric_rows.source_id IS '来源系统中的主键；按案件计的指标为空';
COMMENT ON COLUMN ops.metric_rows.case_code IS '案件编码；已并案或已删除的，是当时的编码';
COMMENT ON COLUMN ops.metric_rows.measured IS '平均数和分位数所量的值；其他指标为空';
COMMENT ON COLUMN ops.metric_rows.numerator IS '使分子变化多少，可为负';
COMMENT ON COLUMN ops.metric_rows.denominator IS '使分母变化多少，可为负；没有分母的指标为空';

CREATE TABLE IF NOT EXISTS ops.versions (version BIGINT, as_of TIMESTAMP, published_at TIMESTAMP);
COMMENT ON TABLE ops.versions IS '发布版本';
COMMENT ON COLUMN ops.versions.version IS '发布版本号';
COMMENT ON COLUMN ops.versions.published_at IS '发布时间';

CREATE TABLE IF NOT EXISTS vault.personal_values (kind VARCHAR, token VARCHAR, value VARCHAR);
COMMENT ON TABLE vault.personal_values IS '令牌对应的个人信息原值，只在加密的建库文件中';

CREATE TABLE IF NOT EXISTS vault.token_keys (kind VARCHAR, key_name VARCHAR);
COMMENT ON TABLE vault.token_keys IS '各类令牌所用的密钥（名称，不含密钥本身），只在加密的建库文件中';

CREATE TABLE IF NOT EXISTS vault.mask_forms (forms VARCHAR);
COMMENT ON TABLE vault.mask_forms IS '本文件的脱敏值按哪一版脱敏规则生成；与程序不符时，下一次建库从原值重新生成';
