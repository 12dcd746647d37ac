-- The committees of villages and communities; organisations with a number in QT are others that the department keeps.
SELECT org_no, org_name, org_uscc, county_code, town_code, leader_name, register_date, in_use, update_time
FROM mz_organisation
WHERE org_no NOT LIKE 'QT%'
