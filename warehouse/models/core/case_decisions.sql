-- description: 人对并案、拆案所作的决定中已经执行的，每个一行；何人、何故见 hub link list
-- key: decision_id
-- column decision_id: 决定的编号
-- column event_id: 第几次变动，先后为序
-- column effect: 结果：merged 已并案，split 已拆案，nothing 本已如此，refused 与另一决定相抵触而未执行，overtaken 执行前已撤销或改变
-- column carried_out_at: 执行时的数据截至时间
-- column reports_moved: 转入另一案件的来件数
SELECT decision_id, event_id, effect, as_of AS carried_out_at, reports AS reports_moved
FROM link.events
WHERE decision_id IS NOT NULL
