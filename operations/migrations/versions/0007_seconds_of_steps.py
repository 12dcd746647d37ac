"""How long a step took on the real clock, so that one that is slower than usual can be told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column; of earlier steps it is not known."""
    op.add_column("run_steps", sa.Column("seconds", sa.Float))


def downgrade() -> None:
    """Take the column away."""
    with op.batch_alter_table("run_steps") as table:
        table.drop_column("seconds")
