-- What the source wrote where a code of a rejected row means nothing to us, cleaned as the check cleans it.
-- {files} reads the files of quarantine. Of the rule `<field>.code` only those of a column with a crosswalk are meant;
-- which columns have one, the caller knows.
WITH broken AS (
    SELECT system, dataset, load_id, position, source_id, raw, unnest(reasons) AS reason
    FROM {files}
),
named AS (
    SELECT system, dataset, load_id, position, source_id, raw, reason.field AS field, reason.rule AS rule,
        reason.value AS value
    FROM broken
)
SELECT system, dataset, load_id, position, source_id, raw, field, tidy_code(value) AS code
FROM named
WHERE rule = field || '.unmapped' OR rule = field || '.code'
ORDER BY load_id, position, field
