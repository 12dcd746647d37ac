"""What a department is told of its data: the report, the overview of all departments, and the list of failing rows."""
