SELECT version, as_of, published_at FROM {ops.versions}
