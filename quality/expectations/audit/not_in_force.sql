-- A code of the list that was not in force on the day of the event.
SELECT b.position, b.source_id
FROM {batch} AS b
INNER JOIN (VALUES $codes) AS c (code, since, until) ON c.code = b.$value
WHERE b.$event NOT BETWEEN coalesce(c.since, '-infinity') AND coalesce(c.until - INTERVAL 1 MICROSECOND, 'infinity')
