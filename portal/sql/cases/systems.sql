-- Titles of the linked systems.
SELECT system, title FROM {ref.systems}
