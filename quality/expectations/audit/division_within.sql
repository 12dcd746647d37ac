-- The inner place does not lie in the outer one, neither by its code nor, after a change of codes, in its county today.
SELECT b.position, b.source_id
FROM {batch} AS b
LEFT JOIN retired AS i ON i.code = substring(b.$inner, 1, 6)
LEFT JOIN retired AS inner_town ON inner_town.code = substring(b.$inner, 1, 9)
LEFT JOIN retired AS o ON o.code = substring(b.$outer, 1, 6)
LEFT JOIN retired AS outer_town ON outer_town.code = substring(b.$outer, 1, 9)
WHERE
    left(b.$inner, length(b.$outer)) <> b.$outer
    AND (
        substring(b.$inner, 1, 6) = substring(b.$outer, 1, 6)
        OR left(coalesce(inner_town.today, i.today, b.$inner), 6) <> left(coalesce(outer_town.today, o.today, b.$outer), 6)
    )
