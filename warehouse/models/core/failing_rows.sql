-- description: 现在未通过规则的行：每条现有记录或待更正的拒收行、每条规则一行；仅供参考的规则不标行
-- key: system, dataset, contract, rule_id, row_key
-- column field: 规则所在的字段
-- column row_key: 来源主键；没有主键的行为其令牌
-- column is_rejected: 是拒收行，尚未进入现有记录
-- column shown: 来源在该字段所填的内容（脱敏）；长文、地址等不显示
-- column file: 拒收行的出处：来文的文件名，没有文件的是数据表、接口或消息的位置
-- column cell: 拒收行在电子表格中首个问题所在的工作表和单元格
SELECT
    m.system, m.dataset, m.contract, m.rule_id, m.field, m.source_id, m.row_key, m.is_rejected,
    m.load_id, m.position, m.file, m.cell, m.shown, m.landed_at
FROM history.marks AS m
UNION ALL
SELECT
    f.system, f.dataset, f.contract, f.rule_id, f.field, f.source_id, f.source_id, false,
    v.load_id, v.position, NULL, NULL, f.shown, v.landed_at
FROM ops.failing_records AS f
INNER JOIN history.current_versions AS v
    ON v.contract = f.contract AND v.system = f.system AND v.source_id = f.source_id
