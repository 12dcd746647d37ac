-- A code that no row of the crosswalk explains on the day of the event.
SELECT position, source_id FROM {batch}
WHERE
    $text IS NOT NULL
    AND NOT EXISTS (
        FROM (VALUES $mappings) AS m (from_code, since, until)
        WHERE
            m.from_code = $text
            AND (m.since IS NULL OR m.since <= $event)
            AND (m.until IS NULL OR $event < m.until)
    )
