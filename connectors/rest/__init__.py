"""Systems that answer over HTTP with JSON."""
