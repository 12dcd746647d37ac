"""The tables of the operations database, as queries see them. Their history is in operations/migrations."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
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
    Column("seconds", Float),  # of the real clock; of a step that ended well
)

limits = Table(
    "limits",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("next_at", Float(53), nullable=False),  # Unix seconds of the next free turn
)

quotas = Table(
    "quotas",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("day", Date, primary_key=True),  # Asia/Shanghai
    Column("used", BigInteger, nullable=False),
)

breakers = Table(
    "breakers",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("failures", BigInteger, nullable=False),  # in a row
    Column("open_until", Float(53), nullable=False),  # Unix seconds
    Column("cause", Text, nullable=False),  # of the last failure
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

work_orders = Table(
    "work_orders",
    metadata,
    Column("order_no", Text, primary_key=True),  # GD20260630-0001, never reused
    Column("system", Text, nullable=False),
    Column("contract", Text, nullable=False),
    Column("rule_id", Text, nullable=False),
    Column("field", Text, nullable=False),  # '' where the rule has none
    Column("department", Text, nullable=False),
    Column("dimension", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("responsibility", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("advice", Text, nullable=False),
    Column("state", Text, nullable=False),  # operations.order_states.State
    Column("round", Integer, nullable=False),  # 1, and one more with each reopening
    Column("verdict", Text),  # true, untrue, wrong_rule
    Column("cause", Text),
    Column("answer", Text),
    Column("promised_on", Date),
    Column("sign_due_at", DateTime),
    Column("due_at", DateTime),  # the last second of the day; None until it is sent
    Column("due_provisional", Boolean, nullable=False),
    Column("first_seen", DateTime, nullable=False),
    Column("last_seen", DateTime, nullable=False),  # the last build that found a row failing
    Column("newest_seen", Text),  # the newest delivery (load id) among the open rows
    Column("rows_open", Integer, nullable=False),  # these six are of the present round
    Column("rows_unkeyed", Integer, nullable=False),  # of the open ones: no key, so no machine can verify them
    Column("rows_corrected", Integer, nullable=False),
    Column("rows_ours", Integer, nullable=False),  # settled by a change of our rule or mapping
    Column("rows_deleted", Integer, nullable=False),
    Column("rows_by_hand", Integer, nullable=False),
    Column("sent_at", DateTime),
    Column("signed_at", DateTime),
    Column("answered_at", DateTime),
    Column("fixed_at", DateTime),
    Column("verified_at", DateTime),
    Column("closed_at", DateTime),
    Column("closed_as", Text),  # department, hub, person
    Column("reopened_count", Integer, nullable=False),
    Column("escalated_at", DateTime),
    UniqueConstraint("system", "contract", "rule_id", "field"),
)

work_order_events = Table(
    "work_order_events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("order_no", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("state", Text, nullable=False),  # after the act
    Column("who", Text, nullable=False),  # a login, or 'hub' for the machine
    Column("note", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("at", DateTime, nullable=False),
)

notices = Table(
    "notices",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("about", Text, nullable=False, unique=True),  # digest:<department>:<day>, escalation:<department>:<day>
    Column("recipients", JSON, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", Text, nullable=False),  # waiting, sent, failed
    Column("attempts", Integer, nullable=False),
    Column("problem", Text, nullable=False),
    Column("through_event", Integer, nullable=False),  # the last of work_order_events that it may tell of
    Column("at", DateTime, nullable=False),
    Column("sent_at", DateTime),
)

audit_results = Table(
    "audit_results",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("as_of", DateTime, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("tallies", JSON, nullable=False),  # one object per rule and dataset
    Column("failures", JSON, nullable=False),  # dataset -> why it could not be audited
    Column("at", DateTime, nullable=False),
)

lookup_calls = Table(
    "lookup_calls",
    metadata,
    Column("call_no", Text, primary_key=True),
    Column("system", Text, nullable=False),  # whom we asked
    Column("dataset", Text, nullable=False),
    Column("subject_token", Text, nullable=False),
    Column("related_system", Text, nullable=False),  # the report because of which
    Column("related_no", Text, nullable=False),
    Column("item_code", Text, nullable=False),
    Column("reason_code", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("result", Text, nullable=False),  # asked, failed, answered, not_found, refused
    Column("asked_at", DateTime, nullable=False),
    Column("answered_at", DateTime),
    Column("valid_until", DateTime),  # until then nobody asks about the subject again
    Column("sealed", LargeBinary),  # 12 bytes nonce, then AES-GCM of the row that will land; None once it has
    Column("load_id", Text),
)

erasures = Table(
    "erasures",
    metadata,
    Column("order_no", Text, primary_key=True),  # of the legal order
    Column("by_whom", Text, nullable=False),
    Column("subject", Text, nullable=False),  # how the person was named: a record's key, or a token
    Column("tokens", JSON, nullable=False),  # kind -> token -> what stands for it now
    Column("records", JSON, nullable=False),  # [contract, role, system, source_id] of what the person is in
    Column("rejected", JSON, nullable=False),  # [load_id, position] of the rows of quarantine that the person is in
    Column("state", Text, nullable=False),  # open, waiting (a place could not be reached), done
    Column("places", JSON, nullable=False),  # one object per place, as of the last run
    Column("at", DateTime, nullable=False),
    Column("finished_at", DateTime),
)

copies = Table(
    "copies",
    metadata,
    Column("path", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # backup, export, return
    Column("at", DateTime, nullable=False),
)

returns = Table(
    "returns",
    metadata,
    Column("receiver", Text, primary_key=True),  # a division code, or a department
    Column("number", Integer, primary_key=True, autoincrement=False),  # 1, 2, … of this receiver, never reused
    Column("version", Integer, nullable=False),  # the publish that it was made from
    Column("as_of", DateTime, nullable=False),
    Column("since", Integer),  # the acknowledged return whose changes these are; None: it holds everything
    Column("state", Text, nullable=False),  # open, acknowledged, superseded
    Column("kept", Boolean, nullable=False),  # its files are still in the home
    Column("note", Text, nullable=False),
    *(Column(f"{act}_at", DateTime, nullable=act != "made") for act in ("made", "fetched", "acknowledged")),
    *(Column(f"{act}_by", Text, nullable=act != "made") for act in ("made", "fetched", "acknowledged")),
)
RETURNED = ("held_before", "inserted", "changed", "withdrawn", "recalled", "held_after")  # operations.returns.Line
return_lines = Table(
    "return_lines",
    metadata,
    *(Column(name, Text, primary_key=True) for name in ("receiver", "dataset")),
    Column("number", Integer, primary_key=True, autoincrement=False),
    *(Column(name, BigInteger, nullable=False) for name in RETURNED),
    Column("files", JSON, nullable=False),  # path, rows, bytes, sha256 of each
)
