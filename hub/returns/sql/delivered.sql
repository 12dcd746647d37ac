-- The rows of the file: what goes first, then what comes. A return of everything withdraws nothing.
SELECT n.change, n.row_id {columns}
FROM named AS n LEFT JOIN scoped AS s ON s.row_id = n.row_id
WHERE {listed}
ORDER BY n.change <> 'withdrawn', {order} n.row_id
