"""The schema of the operations database, one numbered step a file in versions/."""
