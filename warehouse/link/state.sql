-- What linking remembers for ever. Rows of case_codes and case_aliases are never changed or removed.
CREATE TABLE IF NOT EXISTS link.case_codes (
    case_code VARCHAR, minted_at TIMESTAMP, county_code VARCHAR, case_date DATE, seq BIGINT,
    first_system VARCHAR, first_source_id VARCHAR, event_id BIGINT
);
CREATE TABLE IF NOT EXISTS link.memberships (
    system VARCHAR, source_id VARCHAR, case_code VARCHAR, method VARCHAR, evidence VARCHAR,
    record_hash VARCHAR, from_as_of TIMESTAMP, event_id BIGINT
);
CREATE TABLE IF NOT EXISTS link.case_aliases (
    old_code VARCHAR, new_code VARCHAR, merged_at TIMESTAMP, event_id BIGINT
);
CREATE TABLE IF NOT EXISTS link.edges (
    system_a VARCHAR, source_id_a VARCHAR, system_b VARCHAR, source_id_b VARCHAR, rule VARCHAR, days BIGINT,
    evidence VARCHAR, accepted BOOLEAN, refused_because VARCHAR, found_at TIMESTAMP, event_id BIGINT
);
CREATE TABLE IF NOT EXISTS link.events (
    event_id BIGINT, as_of TIMESTAMP, reports BIGINT, edges BIGINT, minted BIGINT, joined BIGINT, merged BIGINT
);
-- `part` names the reports of a case that rules put together, where it is not the case's own code: in a case that a
-- person merged, each part keeps the code that it had.
ALTER TABLE link.memberships ADD COLUMN IF NOT EXISTS part VARCHAR;
-- An event is one run of the rules, or one decision of a person with what came of it: merged, split, nothing (it was so
-- already), refused (another decision stands against it), overtaken (withdrawn before it was carried out).
ALTER TABLE link.events ADD COLUMN IF NOT EXISTS decision_id BIGINT;
ALTER TABLE link.events ADD COLUMN IF NOT EXISTS effect VARCHAR;
-- Reports that went from one case to another, with what their membership was before; only ever added to. Taken back from
-- the newest, they lead from the memberships of today to those of any earlier event.
CREATE TABLE IF NOT EXISTS link.moves (
    event_id BIGINT, system VARCHAR, source_id VARCHAR, from_code VARCHAR, to_code VARCHAR,
    part VARCHAR, method VARCHAR, evidence VARCHAR
);

-- ISO 7064 MOD 37,36 over 0-9A-Z: the check character makes the running product end in 1.
CREATE OR REPLACE TEMP MACRO check_product(body) AS list_reduce(
    list_prepend(18, list_transform(
        string_split(body, ''),
        lambda letter: CAST(strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', letter) - 1 AS INTEGER)
    )),
    lambda product, digit: ((CASE WHEN product = 0 THEN 36 ELSE product END) * 2 % 37 + digit) % 36
);
CREATE OR REPLACE TEMP MACRO check_character(body) AS substr(
    '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    CAST((37 - (CASE check_product(body) WHEN 0 THEN 36 ELSE check_product(body) END) * 2 % 37) % 36 + 1 AS BIGINT),
    1
);
-- Five places: 00001 to 99999, then A0000 to ZZZZZ in base 36, which no decimal number equals.
CREATE OR REPLACE TEMP MACRO five_places(seq) AS
    CASE WHEN seq <= 99999 THEN lpad(CAST(seq AS VARCHAR), 5, '0') ELSE to_base(16796160 + seq - 100000, 36) END;
