"""Walking through a delivery, however it is cut into pages: whole or with an error, never silently short."""
