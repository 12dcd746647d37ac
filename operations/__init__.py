"""What must be remembered between processes: settings, bookmarks, runs, limits, decisions, users."""
