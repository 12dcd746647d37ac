-- How many rows are behind a number, how many of them are in the numerator, and the number itself over again.
WITH selected AS (
    SELECT *, coalesce(({numerator}), false) AS counted
    FROM {table} WHERE ({rows}) AND {inside} AND {platform} AND {case_type}
      AND {in_period}
)
SELECT count(*) AS rows, count(*) FILTER (WHERE counted) AS counted, {value} AS value FROM selected
