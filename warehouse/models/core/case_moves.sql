-- description: 编码沿革：来件从一个案件转入另一个案件，每件每次一行；由规则并案，或由人并案、拆案、撤销
-- key: event_id, system, source_id
-- column event_id: 第几次变动，先后为序
-- column moved_at: 变动时的数据截至时间
-- column from_code: 原案件编码
-- column to_code: 转入的案件编码
-- column decision_id: 据以变动的决定（hub link list）；空为规则并案
-- test: SELECT event_id FROM core.case_moves WHERE from_code = to_code
SELECT v.event_id, v.system, v.source_id, e.as_of AS moved_at, v.from_code, v.to_code, e.decision_id
FROM link.moves AS v
INNER JOIN link.events AS e ON e.event_id = v.event_id
