-- description: 平台用户：每个县每种角色一行，注册、实名、近30天活跃的用户数；只有数，没有人
-- key: county_code, role_code
-- column county_code: 用户所属县（市、区），按今天的区划；不详的为 33
-- column role_code: 角色：01 当事人，02 调解员，03 法官，04 机构工作人员，05 律师，06 法律援助人员，99 其他；未填的为空串
-- column users: 未注销的用户数
-- column verified_users: 其中已实名的
-- column active_30d: 其中近30天使用过的
-- column registered_30d: 其中近30天注册的
WITH placed AS (
    SELECT coalesce(t.today_code, u.county_code, '33') AS county_code, coalesce(u.role_code, '') AS role_code,
        u.is_verified, u.last_seen_at, u.registered_at, CAST(getvariable('as_of') AS TIMESTAMP) AS as_of
    FROM record.platform_users AS u
    LEFT JOIN ref.division_today AS t ON t.old_code = u.county_code
    WHERE u.cancelled_at IS NULL
)
SELECT county_code, role_code, count(*) AS users, count(CASE WHEN is_verified THEN 1 END) AS verified_users,
    -- A time that has not come, but for what clocks differ by, is noted on the record and is no use of the platform.
    count(CASE WHEN last_seen_at BETWEEN as_of - INTERVAL '30' DAY AND as_of + INTERVAL '1' DAY THEN 1 END) AS active_30d,
    count(CASE WHEN registered_at >= as_of - INTERVAL '30' DAY THEN 1 END) AS registered_30d, max(as_of) AS as_of
FROM placed
GROUP BY county_code, role_code
