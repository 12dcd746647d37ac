"""What people see: governance view, case look-up, quality pages, work orders, indicator dictionary."""
