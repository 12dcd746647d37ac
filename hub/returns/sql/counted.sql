-- Counted anew, each from where it is kept: the publish, what was held, what was written.
SELECT
    (SELECT count(*) FROM {held}) AS held_before,
    (SELECT count(*) FROM {file} WHERE change = 'inserted') AS inserted,
    (SELECT count(*) FROM {file} WHERE change = 'changed') AS changed,
    (SELECT count(*) FROM {file} AS f SEMI JOIN {held} AS h ON h.row_id = f.row_id WHERE f.change = 'withdrawn')
        AS withdrawn,
    (SELECT count(*) FROM {file} AS f ANTI JOIN {held} AS h ON h.row_id = f.row_id WHERE f.change = 'withdrawn')
        AS recalled,
    (SELECT count(*) FROM {source}) AS held_after,
    (SELECT count(DISTINCT row_id) FROM scoped) AS named
