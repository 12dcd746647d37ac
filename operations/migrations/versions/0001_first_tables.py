"""The first tables: bookmarks, loads, run steps, limits, secrets, decisions, users, access log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from operations.migrations.append_only import append_only

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables, and the triggers that keep decisions and the access log append-only."""
    op.create_table(
        "bookmarks",
        sa.Column("system", sa.Text, primary_key=True),
        sa.Column("dataset", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("stored_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "loads",
        sa.Column("load_id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("system", sa.Text, nullable=False),
        sa.Column("dataset", sa.Text, nullable=False),
        sa.Column("declared", sa.BigInteger),
        *(
            sa.Column(term, sa.BigInteger, nullable=False)
            for term in (
                "landed",
                "loaded",
                "unchanged",
                "superseded",
                "duplicate",
                "deleted",
                "rejected",
                "balance",
            )
        ),
        sa.Column("as_of", sa.DateTime),
        sa.Column("merged_at", sa.DateTime),
    )
    op.create_table(
        "run_steps",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("system", sa.Text, nullable=False),
        sa.Column("dataset", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("remedy", sa.Text, nullable=False),
        sa.Column("started_at", sa.DateTime, nullable=False),
        sa.Column("finished_at", sa.DateTime),
    )
    op.create_index("run_steps_by_dataset", "run_steps", ["system", "dataset", "id"])
    op.create_index("run_steps_by_run", "run_steps", ["run_id", "id"])
    op.create_table(
        "limits",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("next_at", sa.Float(53), nullable=False),
    )
    op.create_table(
        "secrets",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject_sha256", sa.Text, nullable=False),
        sa.Column("subject", sa.JSON, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("by_whom", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
    )
    op.create_index("decisions_by_subject", "decisions", ["kind", "subject_sha256", "id"])
    op.create_table(
        "users",
        sa.Column("login", sa.Text, primary_key=True),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("area_code", sa.Text),
        sa.Column("department", sa.Text),
        sa.Column("must_change", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "access_log",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
    )
    append_only("decisions", "access_log")


def downgrade() -> None:
    """Nothing is below the first step."""
    raise NotImplementedError("drop the database instead")
