"""The life of a key: `inventory` says what each opens, `rotating` puts a new one in its place, `destroying` ends it."""
