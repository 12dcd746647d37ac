"""Quotas of a day and circuit breakers, shared by all that ask one host."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "quotas",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("used", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "breakers",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("failures", sa.BigInteger, nullable=False),
        sa.Column("open_until", sa.Float(53), nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Take the tables away."""
    op.drop_table("breakers")
    op.drop_table("quotas")
