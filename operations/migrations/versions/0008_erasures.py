"""Legal orders to erase a person, and the copies of this home that an order must reach too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add both tables; of earlier copies nothing is known."""
    op.create_table(
        "erasures",
        sa.Column("order_no", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("by_whom", "subject")),
        *(sa.Column(name, sa.JSON, nullable=False) for name in ("tokens", "records", "rejected")),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("places", sa.JSON, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("finished_at", sa.DateTime),
    )
    op.create_table(
        "copies",
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
    )


def downgrade() -> None:
    """Take both tables away."""
    op.drop_table("copies")
    op.drop_table("erasures")
