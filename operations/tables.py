"""The tables of the operations database, as queries see them. Their history is in operations/migrations."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

metadata = MetaData()

bookmarks = Table(
    "bookmarks",
    metadata,
    Column("system", Text, primary_key=True),
    Column("dataset", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("value", JSON, nullable=False),
    Column("stored_at", DateTime, nullable=False),
)

loads = Table(
    "loads",
    metadata,
    Column("load_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("dataset", Text, nullable=False),
    Column("declared", BigInteger),
    Column("landed", BigInteger, nullable=False),
    Column("loaded", BigInteger, nullable=False),
    Column("unchanged", BigInteger, nullable=False),
    Column("superseded", BigInteger, nullable=False),
    Column("duplicate", BigInteger, nullable=False),
    Column("deleted", BigInteger, nullable=False),
    Column("rejected", BigInteger, nullable=False),
    Column("balance", BigInteger, nullable=False),
    Column("as_of", DateTime),
    Column("merged_at", DateTime),
)

run_steps = Table(
    "run_steps",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run_id", Text, nullable=False),
    Column("system", Text, nullable=False),  # '' for a step of the whole hub
    Column("dataset", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("state", Text, nullable=False),  # running, finished, failed
    Column("message", Text, nullable=False),
    Column("remedy", Text, nullable=False),
    Column("started_at", DateTime, nullable=False),
    Column("finished_at", DateTime),
)

limits = Table(
    "limits",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("next_at", Float(53), nullable=False),  # Unix seconds of the next free turn
)

secrets = Table(
    "secrets",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # 12 bytes nonce, then AES-GCM of the JSON
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("subject_sha256", Text, nullable=False),
    Column("subject", JSON, nullable=False),
    Column("verdict", Text, nullable=False),  # 'proposed', else what was decided
    Column("by_whom", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", DateTime, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("login", Text, primary_key=True),
    Column("display_name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("area_code", Text),
    Column("department", Text),
    Column("must_change", Boolean, nullable=False),
    Column("created_at", DateTime, nullable=False),
)

access_log = Table(
    "access_log",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", DateTime, nullable=False),
)

gate_results = Table(
    "gate_results",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("version", Text, nullable=False),
    Column("as_of", DateTime, nullable=False),
    Column("success", Boolean, nullable=False),
    Column("critical", JSON, nullable=False),  # sentences that say what failed
    Column("results", JSON, nullable=False),  # one object per expectation
    Column("at", DateTime, nullable=False),
)
