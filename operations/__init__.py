"""What must be remembered between processes: settings, bookmarks, runs, limits, decisions, work orders, users."""
