"""A small synthetic province in the published layout, the accounts that look at it, and a client per account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import changes_made
import duckdb
import pytest
import quality_marts
from fastapi import FastAPI
from fastapi.testclient import TestClient
from order_rounds_made import a_round
from signing_in import sign_in
from verdicts import record_verdicts

from hub.work_orders import due_now
from operations import order_rounds, users
from operations.settings import Settings
from operations.store import Store
from portal.app import create_app
from schemas.dataset_rules import dataset_rules
from warehouse import metrics, rollups, variants

HERE = Path(__file__).parent
MODELS = HERE.parents[1] / "warehouse" / "models"
AS_OF = datetime(2026, 9, 15, 8)
SYSTEMS = [
    ("court_odr", "在线矛盾纠纷多元化解平台", "high_court", "省高级人民法院", "rest"),
    ("petition_hotline", "统一政务咨询投诉举报平台", "petition_bureau", "省信访局", "rest"),
    ("peoples_mediation", "人民调解大数据管理平台", "justice_department", "省司法厅", "database"),
    ("medical_disputes", "医疗纠纷与人民调解报告", "health_commission", "省卫生健康委", "files"),
    ("union_rights", "12351 职工维权", "trade_union", "省总工会", "files"),
    ("youth_hotline", "12355 青少年服务", "youth_league", "共青团省委", "soap"),
]
DATASETS = {
    "court_odr": "pre_suit_cases",
    "petition_hotline": "work_orders",
    "peoples_mediation": "mediation_cases",
    "medical_disputes": "disputes",
    "union_rights": "rights_cases",
    "youth_hotline": "calls",
}

ISSUES = [
    ("medical_disputes", "freshness_late", "", "warning", "最新一条 2026-09-14 05:00", "不早于 24 小时前"),
    ("medical_disputes", "missing_field", "纠纷名称", "warning", "YLJF_20260914.csv", "有此字段"),
    ("court_odr", "volume_zero", "", "critical", "2026-09-14（周一）0 行", "约 40 行，22 至 58 行"),
]


def publish(published: Path, version: int = 1, cases: int = 1500, as_of: datetime = AS_OF) -> Path:
    """Writes published/vNNNNNN/{current,marts}.duckdb and swaps the link; returns the folder."""
    folder = published / f"v{version:06d}"
    folder.mkdir(parents=True)
    connection = duckdb.connect(str(folder / "current.duckdb"))
    _reference(connection)
    _operations(connection, as_of, version)
    quality_marts.add(connection, as_of, DATASETS)
    for statement in duckdb.extract_statements((HERE / "province.sql").read_text()):
        names = {"as_of": as_of, "n": cases}
        given = {name: names[name] for name in statement.named_parameters}
        connection.execute(statement, given)
    _orders(connection, as_of)
    _issues(connection, as_of)
    _models(connection, as_of)
    _marts(connection)
    changes_made.insert(connection, as_of, version)
    _copy_marts(connection, folder / "marts.duckdb")
    connection.close()
    new = published / ".latest.new"
    new.symlink_to(folder.name)
    new.replace(published / "latest")
    for name in ("current", "marts"):
        if not (link := published / f"{name}.duckdb").is_symlink():
            link.symlink_to(Path("latest") / link.name)
    return folder


def _reference(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE SCHEMA ref; CREATE SCHEMA ops")
    divisions = HERE.parents[1] / "schemas" / "divisions.csv"
    connection.execute(
        "CREATE TABLE ref.divisions AS SELECT * FROM read_csv(?, all_varchar = true) WHERE valid_to IS NULL",
        [str(divisions)],
    )
    clocks = str(divisions.parent / "clocks.csv")
    connection.execute("CREATE TABLE ref.clocks AS SELECT * FROM read_csv(?, all_varchar = true)", [clocks])
    local_codes = str(divisions.parent / "local_codes.csv")
    connection.execute("CREATE TABLE ref.local_codes AS FROM read_csv(?, all_varchar = true)", [local_codes])
    codes = str(divisions.parent / "codes" / "*.csv")
    connection.execute(
        "CREATE TABLE ref.codes AS SELECT * FROM read_csv(?, all_varchar = true, union_by_name = true)", [codes]
    )
    connection.execute(
        "CREATE TABLE ref.systems "
        "(system VARCHAR, title VARCHAR, department VARCHAR, department_name VARCHAR, kind VARCHAR)"
    )
    connection.executemany("INSERT INTO ref.systems VALUES (?, ?, ?, ?, ?)", SYSTEMS)
    connection.execute("CREATE TABLE ref.platforms (code VARCHAR, name VARCHAR, valid_from DATE, valid_to DATE)")
    platforms = [("ZZ", "综治工作"), ("JZ", "监管执法"), ("YJ", "应急管理"), ("GG", "公共服务")]
    connection.executemany("INSERT INTO ref.platforms VALUES (?, ?, '2021-09-01', NULL)", platforms)
    for table, registry in (("metrics", metrics), ("variants", variants)):
        kinds = registry.reference_columns()
        connection.execute(f"CREATE TABLE ref.{table} ({', '.join(f'{k} {v}' for k, v in kinds.items())})")
        for row in registry.reference_rows():
            marks = ", ".join("?" for _ in kinds)
            connection.execute(f"INSERT INTO ref.{table} VALUES ({marks})", [row[name] for name in kinds])


def _operations(connection: duckdb.DuckDBPyConnection, as_of: datetime, version: int) -> None:
    connection.execute(
        "CREATE TABLE ops.versions AS SELECT ? AS version, ? AS as_of, ? AS published_at", [version, as_of, as_of]
    )
    connection.execute(
        "CREATE TABLE ops.loads (load_id VARCHAR, kind VARCHAR, system VARCHAR, dataset VARCHAR, contract VARCHAR, "
        "declared BIGINT, landed BIGINT, loaded BIGINT, unchanged BIGINT, superseded BIGINT, duplicate BIGINT, "
        "deleted BIGINT, rejected BIGINT, balance BIGINT, since TIMESTAMP, files VARCHAR[], landed_at TIMESTAMP, "
        "as_of TIMESTAMP, merged_at TIMESTAMP)"
    )
    connection.execute(
        "CREATE TABLE ops.open_rejections (load_id VARCHAR, system VARCHAR, dataset VARCHAR, contract VARCHAR, "
        "position BIGINT, source_id VARCHAR, source_updated_at TIMESTAMP, row_token VARCHAR, file VARCHAR, "
        "rule_ids VARCHAR[], fields VARCHAR[], message VARCHAR, landed_at TIMESTAMP)"
    )
    for nth, (system, *_) in enumerate(SYSTEMS):
        landed = 900 + 37 * nth
        load_id = "20260914T210000000001Z-1a2b"
        connection.execute(
            "INSERT INTO ops.loads VALUES (?, 'sync', ?, ?, 'case_reports', ?, ?, ?, 10, 0, 5, 0, ?, 0, NULL, "
            "['part-0001.ndjson'], ?, ?, ?)",
            [load_id, system, DATASETS[system], landed, landed, landed - 35, 20, as_of, as_of, as_of],
        )
        for row in range(3):
            connection.execute(
                "INSERT INTO ops.open_rejections VALUES (?, ?, ?, 'case_reports', ?, ?, NULL, NULL, "
                "'part-0001.ndjson', ['applicant_id_no.checksum'], ['applicant_id_no'], '公民身份号码校验位不符', ?)",
                [load_id, system, DATASETS[system], row + 11, f"{system.upper()}-{row}", as_of],
            )


def _orders(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> None:
    """The rows of an order in each system: three that fail, and one that was corrected."""
    script = (HERE.parents[1] / "warehouse" / "sql" / "ops.sql").read_text(encoding="utf-8")
    start = script.index("CREATE TABLE IF NOT EXISTS ops.order_rows")
    connection.execute(script[start : script.index(";", start)])
    for system, *_ in SYSTEMS:
        connection.execute(
            "INSERT INTO ops.order_rows (SELECT system, dataset, contract, rule_id, field, row_key, source_id, 1, "
            "'v1', load_id, load_id, landed_at, NULL, NULL FROM core.failing_rows "
            "WHERE system = ? AND rule_id = 'applicant_id_no.checksum' ORDER BY position LIMIT 3) UNION ALL "
            "SELECT ?, ?, 'case_reports', 'applicant_id_no.checksum', 'applicant_id_no', '=1+1', '=1+1', 1, 'v1', '', "
            "'', ?, ?, 'corrected'",
            [system, system, DATASETS[system], as_of, as_of],
        )


def _issues(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> None:
    """Each rule on whole datasets, broken by a dataset or not: medical_disputes lost a field and had an empty day."""
    for system, dataset in DATASETS.items():
        for rule in dataset_rules():
            connection.execute(
                "INSERT INTO ref.rules VALUES (?, ?, 'case_reports', ?, 'dataset', '', ?, ?, ?, ?, ?, ?, '1')",
                [
                    *(system, dataset, rule.rule_id, rule.title, rule.dimension, rule.severity, rule.responsibility),
                    *(rule.message, rule.advice),
                ],
            )
    connection.execute(
        "CREATE TABLE core.dataset_issues (system VARCHAR, dataset VARCHAR, contract VARCHAR, rule_id VARCHAR, "
        "field VARCHAR, severity VARCHAR, observed VARCHAR, expected VARCHAR, since TIMESTAMP)"
    )
    for system, rule, field, severity, observed, expected in ISSUES:
        connection.execute(
            "INSERT INTO core.dataset_issues VALUES (?, ?, 'case_reports', ?, ?, ?, ?, ?, ?)",
            [system, DATASETS[system], rule, field, severity, observed, expected, as_of],
        )
    connection.execute(
        "INSERT INTO ops.order_rows SELECT system, dataset, contract, rule_id, field, '*', NULL, 1, 'v1', '', NULL, "
        "since, NULL, NULL FROM core.dataset_issues"
    )


def _models(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> None:
    """What the warehouse's own models make of transfers, colours and local codes."""
    connection.execute("SET VARIABLE as_of = ?", [as_of])
    for name in ("transfer_hops", "case_holders", "colour_history", "local_codes"):
        connection.execute(f"CREATE TABLE core.{name} AS {(MODELS / 'core' / f'{name}.sql').read_text('utf-8')}")


def _marts(connection: duckdb.DuckDBPyConnection) -> None:
    """Numbers by the warehouse's own registry, so that a page that misreads it shows here."""
    for model in (*rollups.compiled_models(), variants.compiled_model()):
        connection.execute(f"CREATE TABLE mart.{model.name} AS {model.sql}")
    for name in ("grids", "released"):
        connection.execute(f"CREATE TABLE mart.{name} AS {(MODELS / 'mart' / f'{name}.sql').read_text('utf-8')}")


def _copy_marts(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    connection.execute(f"ATTACH '{path}' AS small")
    found = connection.execute(
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = 'current' "
        "AND (table_schema IN ('ref', 'mart') OR table_name = 'versions')"
    ).fetchall()
    for schema, table in found:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS small.{schema}")
        connection.execute(f"CREATE TABLE small.{schema}.{table} AS FROM current.{schema}.{table}")
    connection.execute("DETACH small")


PASSWORD = "correct horse 141"
PEOPLE: dict[str, tuple[users.Role, str | None]] = {
    "leader": ("province", None),
    "binjiang": ("county", "330108"),
    "justice": ("department", "justice_department"),
    "engineer": ("engineer", None),
    "auditor": ("auditor", None),
}


# rule, system, severity, responsibility: three rows fail and one was corrected, so one order each
ORDERS = [
    *(("applicant_id_no.checksum", system, "critical", "department") for system, *_ in SYSTEMS),
    ("town_code.missing", "peoples_mediation", "warning", "department"),
    ("case_type_code.unmapped", "peoples_mediation", "critical", "hub"),
    ("row.unreadable", "medical_disputes", "critical", "department"),
]


@pytest.fixture(scope="session", name="publish")
def _publish() -> Callable[..., Path]:
    return publish


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with one published version, what gate and audit found, and an account per role."""
    found = Settings(home=tmp_path_factory.mktemp("portal"), memory_limit="512MiB", as_of=AS_OF)
    found.prepare()
    publish(found.published, cases=800)
    store = Store(found)
    for login, (role, code) in PEOPLE.items():
        users.create(store, login, PASSWORD, role, code)
    facts = {rule: {"title": title, "message": title, "dimension": of, "advice": advice, "field": field}
             for field, rule, _, title, of, *_, advice, _ in quality_marts.RULES}  # fmt: skip
    rounds = [
        a_round(rule_id=rule, system=system, severity=severity, responsibility=whose, rows_open=3, rows_corrected=1,
                **facts[rule])
        for rule, system, severity, whose in ORDERS
    ]  # fmt: skip
    rounds.append(a_round(rule_id="volume_zero", field="", system="court_odr", rows_open=1, rows_unkeyed=1))
    order_rounds.follow(store, rounds, due_now(found), AS_OF)
    record_verdicts(store, AS_OF)
    return found


@pytest.fixture(scope="session")
def app(settings: Settings) -> FastAPI:
    return create_app(settings)


@pytest.fixture(scope="session")
def signed_in(app: FastAPI) -> Callable[[str], TestClient]:
    """A client for a login of PEOPLE; the sign-in happens once per login."""
    known: dict[str, TestClient] = {}

    def client(login: str) -> TestClient:
        if login not in known:
            known[login] = TestClient(app, follow_redirects=False)
            assert sign_in(known[login], login, PASSWORD).headers["location"] == "/"
        return known[login]

    return client


@pytest.fixture
def current(settings: Settings) -> duckdb.DuckDBPyConnection:
    """What is published, unscoped, to compare pages with."""
    return duckdb.connect(str(settings.published / "latest" / "current.duckdb"), read_only=True)
