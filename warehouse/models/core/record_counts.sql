-- description: 各数据集现有记录数与新鲜程度
-- key: system, dataset
-- column rows_current: 现有记录数
-- column newest_source_at: 最新一条的来源更新时间；来源不提供时取业务时间
-- column last_changed_at: 最近一次有记录新增或变化的落地时间
WITH records AS (
    SELECT 'agreements' AS contract, system, dataset, count(*) AS n, max(source_updated_at) AS updated_at,
        max(signed_at) AS happened_at, max(landed_at) AS landed_at, count(pending_correction_since) AS pending
    FROM record.agreements GROUP BY system, dataset
    UNION ALL
    SELECT 'case_reports', system, dataset, count(*), max(source_updated_at), max(reported_at), max(landed_at),
        count(pending_correction_since)
    FROM record.case_reports GROUP BY system, dataset
    UNION ALL
    SELECT 'case_steps', system, dataset, count(*), max(source_updated_at), max(happened_at), max(landed_at),
        count(pending_correction_since)
    FROM record.case_steps GROUP BY system, dataset
    UNION ALL
    SELECT 'case_transfers', system, dataset, count(*), max(source_updated_at), max(sent_at), max(landed_at),
        count(pending_correction_since)
    FROM record.case_transfers GROUP BY system, dataset
    UNION ALL
    SELECT 'confirmations', system, dataset, count(*), max(source_updated_at), max(applied_at), max(landed_at),
        count(pending_correction_since)
    FROM record.confirmations GROUP BY system, dataset
    UNION ALL
    SELECT 'evaluations', system, dataset, count(*), max(source_updated_at), max(invited_at), max(landed_at),
        count(pending_correction_since)
    FROM record.evaluations GROUP BY system, dataset
    UNION ALL
    SELECT 'grids', system, dataset, count(*), max(source_updated_at), NULL, max(landed_at),
        count(pending_correction_since)
    FROM record.grids GROUP BY system, dataset
    UNION ALL
    SELECT 'mediators', system, dataset, count(*), max(source_updated_at), NULL, max(landed_at),
        count(pending_correction_since)
    FROM record.mediators GROUP BY system, dataset
    UNION ALL
    SELECT 'organisations', system, dataset, count(*), max(source_updated_at), NULL, max(landed_at),
        count(pending_correction_since)
    FROM record.organisations GROUP BY system, dataset
    UNION ALL
    SELECT 'referrals', system, dataset, count(*), max(source_updated_at), max(referred_at), max(landed_at),
        count(pending_correction_since)
    FROM record.referrals GROUP BY system, dataset
    UNION ALL
    SELECT 'visits', system, dataset, count(*), max(source_updated_at), max(visited_at), max(landed_at),
        count(pending_correction_since)
    FROM record.visits GROUP BY system, dataset
)
SELECT system, dataset, contract, n AS rows_current, coalesce(updated_at, happened_at) AS newest_source_at,
    landed_at AS last_changed_at, pending AS pending_corrections
FROM records
