CREATE FUNCTION :table_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION ':table is append-only';
END
$$

CREATE TRIGGER :table_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON :table
FOR EACH STATEMENT EXECUTE FUNCTION :table_refuse()
