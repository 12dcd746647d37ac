-- The rows of a dataset in the receiver's scope: each with a name made of its key, and a fingerprint. Both are keyed,
-- so that neither says anything of a person to whoever finds it.
CREATE OR REPLACE TEMP TABLE scoped AS
SELECT
    left(sha256($secret || $dataset || CAST(to_json([{key}]) AS VARCHAR)), 32) AS row_id,
    left(sha256($secret || CAST(to_json(t) AS VARCHAR)), 32) AS row_hash,
    t.*
FROM (SELECT {columns} FROM {source}) AS t
