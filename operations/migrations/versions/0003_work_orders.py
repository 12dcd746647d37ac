"""Work orders, what happened to each, and the mails about them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from operations.migrations.append_only import append_only

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the three tables; the events of an order are append-only."""
    op.create_table(
        "work_orders",
        sa.Column("order_no", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("system", "contract", "rule_id", "field")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("department", "dimension", "severity")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("responsibility", "title", "message", "advice")),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Text) for name in ("verdict", "cause", "answer")),
        sa.Column("promised_on", sa.Date),
        sa.Column("sign_due_at", sa.DateTime),
        sa.Column("due_at", sa.DateTime),
        sa.Column("due_provisional", sa.Boolean, nullable=False),
        sa.Column("first_seen", sa.DateTime, nullable=False),
        sa.Column("last_seen", sa.DateTime, nullable=False),
        sa.Column("newest_seen", sa.Text),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("rows_open", "rows_unkeyed", "rows_corrected")),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("rows_ours", "rows_deleted", "rows_by_hand")),
        *(sa.Column(name, sa.DateTime) for name in ("sent_at", "signed_at", "answered_at", "fixed_at")),
        *(sa.Column(name, sa.DateTime) for name in ("verified_at", "closed_at")),
        sa.Column("closed_as", sa.Text),
        sa.Column("reopened_count", sa.Integer, nullable=False),
        sa.Column("escalated_at", sa.DateTime),
        sa.UniqueConstraint("system", "contract", "rule_id", "field"),
    )
    op.create_table(
        "work_order_events",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("order_no", sa.Text, nullable=False),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
    )
    op.create_index("work_order_events_by_order", "work_order_events", ["order_no", "id"])
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("about", sa.Text, nullable=False, unique=True),
        sa.Column("recipients", sa.JSON, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("through_event", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("sent_at", sa.DateTime),
    )
    append_only("work_order_events")


def downgrade() -> None:
    """Take the tables away."""
    for table in ("notices", "work_order_events", "work_orders"):
        op.drop_table(table)
