"""Backups of a home, and homes made of them: `making` writes one, `restoring` verifies one and makes a home of it."""
