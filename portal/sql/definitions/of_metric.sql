-- What others count under the title of one indicator.
SELECT held_by, differs, definition FROM {ref.variants} WHERE metric = $metric ORDER BY name
