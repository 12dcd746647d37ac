"""What is dropped somewhere instead of asked for: CSV files, workbooks, database tables."""
