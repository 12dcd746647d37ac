-- One grid as a place, with its village.
SELECT grid_code AS code, grid_name AS name, 'grid' AS level, village_code FROM {mart.grids} WHERE grid_code = $area
