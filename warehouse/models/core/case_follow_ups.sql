-- description: 案件的协议、确认、引调、评价与流转汇总：有其一的案件一行
-- key: case_code
-- column unsigned_since: 尚未签收的流转中最早的转出时间
WITH events AS (
    SELECT case_code, 'agreement' AS kind, signed_at AS happened_at, form_code AS value FROM core.agreements
    UNION ALL
    SELECT case_code, 'confirmation', applied_at, result_code FROM core.confirmations
    UNION ALL
    SELECT case_code, 'referral', referred_at, direction_code FROM core.referrals
    UNION ALL
    SELECT case_code, 'evaluation', replied_at, CAST(satisfaction AS VARCHAR) FROM core.evaluations
    UNION ALL
    SELECT case_code, 'transfer', sent_at,
        CASE WHEN is_returned THEN 'returned' WHEN is_unsigned THEN 'unsigned' ELSE 'signed' END
    FROM core.transfers
)
-- A time written in fixed width before the value makes the greatest text the latest value.
SELECT
    case_code,
    bool_or(kind = 'agreement') AS has_agreement,
    bool_or(kind = 'confirmation' AND coalesce(value, '') = '01') AS has_confirmation,
    substr(max(CASE WHEN kind = 'referral'
        THEN strftime(coalesce(happened_at, TIMESTAMP '1949-10-01 00:00:00'), '%Y%m%d%H%M%S') || value END), 15)
        AS referral_direction,
    CAST(substr(max(CASE WHEN kind = 'evaluation'
        THEN strftime(coalesce(happened_at, TIMESTAMP '1949-10-01 00:00:00'), '%Y%m%d%H%M%S') || value END), 15)
        AS INTEGER) AS satisfaction,
    count(CASE WHEN kind = 'transfer' THEN 1 END) AS transfer_count,
    count(CASE WHEN kind = 'transfer' AND value = 'returned' THEN 1 END) AS returned_count,
    min(CASE WHEN kind = 'transfer' AND value = 'unsigned' THEN happened_at END) AS unsigned_since
FROM events
WHERE case_code IS NOT NULL
GROUP BY case_code
ORDER BY case_code
