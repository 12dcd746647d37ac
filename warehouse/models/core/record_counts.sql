-- description: 各数据集现有记录数与新鲜程度
-- key: system, dataset
-- column rows_current: 现有记录数
-- column newest_source_at: 最新一条的来源更新时间；来源不提供时取业务时间
-- column last_changed_at: 最近一次有记录新增或变化的落地时间
SELECT
    system, dataset, contract, count(*) AS rows_current,
    coalesce(max(source_updated_at), max(happened_at)) AS newest_source_at,
    max(landed_at) AS last_changed_at, count(pending_correction_since) AS pending_corrections
FROM history.current_versions
GROUP BY system, dataset, contract
