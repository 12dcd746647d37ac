"""Is it right: rules, check, quarantine, and the gate before a publish."""
