"""When it runs: a DAG for each department system, one for the warehouse, and ways to run them on one machine."""
