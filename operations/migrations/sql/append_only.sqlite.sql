CREATE TRIGGER :table_never_changes BEFORE UPDATE ON :table
BEGIN
    SELECT RAISE(ABORT, ':table is append-only');
END

CREATE TRIGGER :table_never_shrinks BEFORE DELETE ON :table
BEGIN
    SELECT RAISE(ABORT, ':table is append-only');
END
