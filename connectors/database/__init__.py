"""Systems that are read from a relational database."""
