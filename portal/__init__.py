"""What people see: governance view, case look-up, quality pages, indicator dictionary."""
