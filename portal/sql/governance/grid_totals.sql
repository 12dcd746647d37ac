-- The grids of one place in one line.
SELECT count(*) AS grids, count(*) FILTER (WHERE flag = 'silent') AS silent,
       count(*) FILTER (WHERE cases = 0) AS never,
       coalesce(sum(open_cases), 0)::BIGINT AS open_cases,
       coalesce(sum(red_open), 0)::BIGINT AS red_open, coalesce(sum(yellow_open), 0)::BIGINT AS yellow_open,
       coalesce(sum(overdue_open), 0)::BIGINT AS overdue_open, coalesce(sum(household_count), 0)::BIGINT AS households,
       coalesce(sum(person_count), 0)::BIGINT AS persons, max(as_of) AS as_of
FROM {mart.grids} WHERE {inside_area}
