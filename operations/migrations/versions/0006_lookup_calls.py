"""Calls to query-only sources: their log, and answers that have not landed yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "lookup_calls",
        sa.Column("call_no", sa.Text, primary_key=True),
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in ("system", "dataset", "subject_token", "related_system", "related_no")
        ),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("item_code", "reason_code", "who", "result")),
        sa.Column("asked_at", sa.DateTime, nullable=False),
        sa.Column("answered_at", sa.DateTime),
        sa.Column("valid_until", sa.DateTime),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("load_id", sa.Text),
    )
    op.create_index("lookup_calls_by_dataset", "lookup_calls", ["system", "dataset"])


def downgrade() -> None:
    """Take the table away."""
    op.drop_table("lookup_calls")
