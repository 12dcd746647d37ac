"""Systems that put their records on a message queue."""
