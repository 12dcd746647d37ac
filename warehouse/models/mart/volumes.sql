-- description: 数据量：每个数据集每天一行（文件和全量类只有来文的日子），与以往同类日子相比是否正常
-- key: system, dataset, day
-- column day_class: 日子的类别：1 至 7 为周一至周日的工作日（含调休），holiday 为休息日；delivery 为全量，与上次相比
-- column row_count: 增量类为来源当日产生的版本数（含仍待更正的拒收行），文件和全量类为来文的行数
-- column expected: 以往同类日子的中位数
-- column low: 正常范围的下限
-- column high: 正常范围的上限
-- column empty_since: 连续为零的第一天；当日有数据的为空
-- column empty_expected: 连续为零的各日合计应有的行数
-- column verdict: ok 正常，low 偏少，zero 为零，high 偏多，unknown 同类日子不足八个，无从判断

-- Expected is the median of the last 8 days of the same class, because a working Tuesday is like other Tuesdays and
-- not like a holiday. The band is expected ± 3 s with s = max(1.4826 × MAD, √expected). MAD, the median distance from
-- the median, times 1.4826 estimates a standard deviation and is moved neither by one outlier nor by a dead week;
-- √expected is the chance of plain counting (Poisson), below which 8 equal days would make any other day an alarm.
-- So an empty day is called zero only where some nine or more rows are usual. Empty days in a row add up: where four
-- are usual, two without any are chance and three are not.
--
-- Days are judged once they are over and while the source is still read: days from the last landing on are late, not
-- empty, which freshness says. The first day on record is a part of a day. Days before the first landing are known by
-- the last version of each record alone, so they count too few (in the sandbox 1.3 rows a day of a hotline that then
-- makes 11.9): they can show that a day has little, never that it has much. A list of everything is compared with the
-- list before it.
WITH landed AS (
    SELECT l.system, l.dataset, d.mode, l.load_id, CAST(l.landed_at AS DATE) AS day, l.landed,
        coalesce(array_length(l.files), 0) AS files,
        row_number() OVER (
            PARTITION BY l.system, l.dataset, CAST(l.landed_at AS DATE) ORDER BY l.load_id DESC
        ) AS newest
    FROM ops.loads AS l
    INNER JOIN ref.datasets AS d ON d.system = l.system AND d.dataset = l.dataset
    WHERE l.kind = 'sync'
), span AS (
    SELECT system, dataset, min(day) AS first_landed, max(day) AS last_landed FROM landed GROUP BY system, dataset
), made AS (
    SELECT system, dataset, CAST(valid_from AS DATE) AS day FROM history.versions
    UNION ALL
    SELECT system, dataset, CAST(coalesce(source_updated_at, landed_at) AS DATE) AS day FROM ops.open_rejections
), counted AS (
    SELECT m.system, m.dataset, m.day, count(*) AS row_count
    FROM made AS m
    INNER JOIN ref.datasets AS d ON d.system = m.system AND d.dataset = m.dataset AND d.mode = 'incremental'
    WHERE m.day >= CAST(CAST(getvariable('as_of') AS TIMESTAMP) - INTERVAL '400' DAY AS DATE)
    GROUP BY m.system, m.dataset, m.day
), every_day AS (
    SELECT f.system, f.dataset, w.day, w.day > s.first_landed AS is_live
    FROM (SELECT system, dataset, min(day) AS first_day FROM counted GROUP BY system, dataset) AS f
    INNER JOIN span AS s ON s.system = f.system AND s.dataset = f.dataset
    INNER JOIN ref.workdays AS w ON w.day > f.first_day AND w.day < s.last_landed
), days AS (
    SELECT e.system, e.dataset, 'incremental' AS mode, e.day, coalesce(c.row_count, 0) AS row_count, e.is_live
    FROM every_day AS e
    LEFT JOIN counted AS c ON c.system = e.system AND c.dataset = e.dataset AND c.day = e.day
    UNION ALL
    SELECT l.system, l.dataset, l.mode, l.day, CAST(sum(l.landed) AS BIGINT) AS row_count, true AS is_live
    FROM landed AS l
    INNER JOIN span AS s ON s.system = l.system AND s.dataset = l.dataset
    WHERE l.mode = 'files' AND l.files > 0 AND l.day > s.first_landed
    GROUP BY l.system, l.dataset, l.mode, l.day
    UNION ALL
    SELECT system, dataset, mode, day, landed AS row_count, true AS is_live
    FROM landed
    WHERE mode = 'snapshot' AND newest = 1
), classed AS (
    SELECT d.*,
        CASE WHEN d.mode = 'snapshot' THEN 'delivery' WHEN w.is_workday THEN CAST(w.weekday AS VARCHAR)
            ELSE 'holiday' END AS day_class,
        CASE WHEN d.mode = 'snapshot' THEN 1 ELSE 8 END AS needed
    FROM days AS d
    INNER JOIN ref.workdays AS w ON w.day = d.day
), numbered AS (
    SELECT *, row_number() OVER (PARTITION BY system, dataset, day_class ORDER BY day) AS nth FROM classed
), earlier AS (
    SELECT n.system, n.dataset, n.day, b.row_count, b.is_live
    FROM numbered AS n
    CROSS JOIN (VALUES (1), (2), (3), (4), (5), (6), (7), (8)) AS back(steps)
    INNER JOIN numbered AS b
        ON b.system = n.system AND b.dataset = n.dataset AND b.day_class = n.day_class AND b.nth = n.nth - back.steps
    WHERE back.steps <= n.needed
), usual AS (
    SELECT system, dataset, day, count(*) AS days_known, count(CASE WHEN is_live THEN 1 END) AS days_live,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY row_count) AS expected
    FROM earlier
    GROUP BY system, dataset, day
), spread AS (
    SELECT u.system, u.dataset, u.day, u.days_known, u.days_live, u.expected,
        greatest(
            1.4826 * percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(e.row_count - u.expected)), sqrt(u.expected)
        ) AS deviation
    FROM usual AS u
    INNER JOIN earlier AS e ON e.system = u.system AND e.dataset = u.dataset AND e.day = u.day
    GROUP BY u.system, u.dataset, u.day, u.days_known, u.days_live, u.expected
), runs AS (
    -- A run of empty days follows each day with rows.
    SELECT n.*, count(CASE WHEN n.row_count > 0 THEN 1 END) OVER (
            PARTITION BY n.system, n.dataset ORDER BY n.day
        ) AS run,
        coalesce(s.days_known, 0) >= n.needed AS is_known, coalesce(s.days_live, 0) >= n.needed AS is_comparable,
        s.expected, s.deviation
    FROM numbered AS n
    LEFT JOIN spread AS s ON s.system = n.system AND s.dataset = n.dataset AND s.day = n.day
), summed AS (
    SELECT *,
        sum(CASE WHEN row_count = 0 THEN expected END) OVER (
            PARTITION BY system, dataset, run ORDER BY day
        ) AS empty_expected,
        sqrt(sum(CASE WHEN row_count = 0 THEN deviation * deviation END) OVER (
            PARTITION BY system, dataset, run ORDER BY day
        )) AS empty_deviation,
        min(CASE WHEN row_count = 0 THEN day END) OVER (PARTITION BY system, dataset, run) AS empty_since
    FROM runs
), banded AS (
    SELECT *, greatest(0, expected - 3 * deviation) AS low, expected + 3 * deviation AS high
    FROM summed
)
SELECT
    b.system, r.department, b.dataset, b.day, b.day_class, b.row_count,
    CASE WHEN b.is_known THEN b.expected END AS expected, CASE WHEN b.is_known THEN b.low END AS low,
    CASE WHEN b.is_known THEN b.high END AS high,
    CASE WHEN b.row_count = 0 THEN b.empty_since END AS empty_since,
    CASE WHEN b.row_count = 0 THEN b.empty_expected END AS empty_expected,
    CASE
        WHEN NOT b.is_known THEN 'unknown'
        WHEN b.row_count = 0 AND b.empty_expected > 3 * b.empty_deviation THEN 'zero'
        WHEN b.row_count < b.low THEN 'low'
        WHEN b.row_count > b.high AND b.is_comparable THEN 'high'
        ELSE 'ok'
    END AS verdict
FROM banded AS b
INNER JOIN ref.systems AS r ON r.system = b.system
