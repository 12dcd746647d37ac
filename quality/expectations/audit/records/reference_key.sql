-- A reference to a record that its system neither keeps nor has waiting in quarantine; judged once the system keeps any.
SELECT source_id
FROM {batch}
WHERE
    system = $system
    AND dataset IN ($datasets)
    AND $system IN (SELECT t.system FROM record.$target AS t)
    AND $column NOT IN (
        SELECT t.source_id FROM record.$target AS t WHERE t.system = $system
        UNION ALL
        SELECT q.source_id FROM ops.open_rejections AS q
        WHERE q.contract = '$target' AND q.system = $system AND q.source_id IS NOT NULL
    )
