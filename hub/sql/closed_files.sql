-- How the rows of some quarantine files of one dataset stand, a line per load: how many still wait, how many hang from
-- an unsettled work order, and since when the last of them is closed.
--
-- A row is closed since a newer version of its record was accepted (or at once, where one was there already), since
-- the record was deleted, or, without a key, since the file that held it, or the whole dataset, was delivered again.
--
-- {held} reads those files, {accepted} every file of staging, {deleted} the keys of tombstones (source_id, load_id),
-- {orders} is ops.order_rows or, where a version was published without it, nothing of that form. The rest is published.
WITH held AS (
    SELECT h.load_id, h.position, h.source_id, h.source_updated_at, h.file, h.landed_at,
        coalesce(r.source_id, r.row_token) AS row_key, r.rule_ids, h.contract
    FROM {held} AS h
    LEFT JOIN ops.rejected_rows AS r ON r.load_id = h.load_id AND r.position = h.position
),
arrived AS (
    SELECT source_id, source_updated_at, load_id, position, landed_at FROM {accepted}
    UNION ALL
    SELECT d.source_id, NULL, d.load_id, 0, l.landed_at
    FROM {deleted} AS d JOIN ops.loads AS l ON l.load_id = d.load_id
),
keyed AS (
    SELECT h.load_id, h.position, greatest(min(a.landed_at), h.landed_at) AS closed_at
    FROM held AS h JOIN arrived AS a ON a.source_id = h.source_id
    WHERE CASE WHEN a.source_updated_at <> h.source_updated_at THEN a.source_updated_at > h.source_updated_at
               ELSE (a.load_id, a.position) > (h.load_id, h.position) END
    GROUP BY h.load_id, h.position, h.landed_at
),
keyless AS (
    SELECT h.load_id, h.position, min(l.landed_at) AS closed_at
    FROM held AS h
    JOIN ops.loads AS own ON own.load_id = h.load_id
    JOIN ops.loads AS l ON l.system = own.system AND l.dataset = own.dataset AND l.load_id > h.load_id
    WHERE h.source_id IS NULL AND l.kind = 'sync'
      AND CASE WHEN list_contains(own.files, h.file) THEN list_contains(l.files, h.file) ELSE l.since IS NULL END
    GROUP BY h.load_id, h.position
),
closing AS (FROM keyed UNION ALL FROM keyless),
hanging AS (
    SELECT DISTINCT h.load_id, h.position
    FROM held AS h
    JOIN {orders} AS o ON o.contract = h.contract AND o.row_key = h.row_key AND list_contains(h.rule_ids, o.rule_id)
    WHERE o.system = $system AND o.dataset = $dataset AND o.settled_at IS NULL
)
SELECT h.load_id, count(*) AS rows,
    count(*) FILTER (WHERE o.load_id IS NOT NULL OR c.closed_at IS NULL) AS waiting,
    count(*) FILTER (WHERE g.load_id IS NOT NULL) AS hanging,
    max(c.closed_at) AS closed_at
FROM held AS h
LEFT JOIN closing AS c ON c.load_id = h.load_id AND c.position = h.position
LEFT JOIN ops.open_rejections AS o ON o.load_id = h.load_id AND o.position = h.position
LEFT JOIN hanging AS g ON g.load_id = h.load_id AND g.position = h.position
GROUP BY h.load_id
