"""Legal erasure: a person is taken out of every place that the hub knows, and every place is read again to prove it.

`traces` finds a person in a record, `parts` and `originals` rewrite files, `loads` makes a load's next generation,
`backups` and `copies` reach what lies outside of the home, `order` carries an order out from top to bottom.
"""
