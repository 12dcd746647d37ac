-- description: 各数据集现有记录数与新鲜程度
-- key: system, dataset
-- column rows_current: 现有记录数
-- column newest_source_at: 最新一条的来源更新时间，来源不提供时取业务时间；晚于落地的时间有误，按落地时间计
-- column last_changed_at: 最近一次有记录新增或变化的落地时间
WITH dated AS (
    SELECT *, coalesce(source_updated_at, happened_at) AS moved_at FROM history.current_versions
)
SELECT
    system, dataset, contract, count(*) AS rows_current,
    -- A time in the future would keep a dead source fresh until it comes.
    max(CASE WHEN moved_at > landed_at THEN landed_at ELSE moved_at END) AS newest_source_at,
    max(landed_at) AS last_changed_at, count(pending_correction_since) AS pending_corrections
FROM dated
GROUP BY system, dataset, contract
