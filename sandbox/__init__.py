"""A simulated province behind real protocols; it shares no code with the hub that reads it."""
