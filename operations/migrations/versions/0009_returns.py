"""What counties and departments took back: the ledger of returns, a line per dataset."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

ACTS = ("made", "fetched", "acknowledged")


def upgrade() -> None:
    """Add both tables; before them nothing was returned."""
    op.create_table(
        "returns",
        sa.Column("receiver", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("as_of", sa.DateTime, nullable=False),
        sa.Column("since", sa.Integer),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("kept", sa.Boolean, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        *(sa.Column(f"{act}_at", sa.DateTime, nullable=act != "made") for act in ACTS),
        *(sa.Column(f"{act}_by", sa.Text, nullable=act != "made") for act in ACTS),
    )
    op.create_table(
        "return_lines",
        *(sa.Column(name, sa.Text, primary_key=True) for name in ("receiver", "dataset")),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        *(
            sa.Column(name, sa.BigInteger, nullable=False)
            for name in ("held_before", "inserted", "changed", "withdrawn", "recalled", "held_after")
        ),
        sa.Column("files", sa.JSON, nullable=False),
    )


def downgrade() -> None:
    """Take both tables away."""
    op.drop_table("return_lines")
    op.drop_table("returns")
