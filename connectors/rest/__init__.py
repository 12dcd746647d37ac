"""Systems that answer over HTTP with JSON, JSON Lines or XML."""
