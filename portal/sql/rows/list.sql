-- The rows behind a number. `selected` holds them, `counted` says whether a row is in the numerator.
WITH selected AS (
    SELECT *, coalesce(({numerator}), false) AS counted
    FROM {table} WHERE ({rows}) AND {inside} AND {platform} AND {case_type}
      AND {in_period}
), chosen AS (
    -- First, so that names of places and codes are looked up for the rows of this page alone.
    SELECT * FROM selected AS t WHERE {part} ORDER BY {order} LIMIT $size OFFSET $start
)
SELECT {columns}, t.counted FROM chosen AS t
ORDER BY {order}
