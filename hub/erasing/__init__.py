"""Legal erasure: a person is taken out of every place that the hub knows, and every place is read again to prove it.

`order` carries an order out from top to bottom. `whom` says whom it is about, `traces` finds that person in a record;
`parts` and `originals` rewrite files, `loads` makes a load's next generation, `backups` reaches into backups, `proof`
reads everything again, and `standing` keeps out what a source sends later.
"""
