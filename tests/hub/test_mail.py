"""Mails go through a real server: readable Chinese, one a day, never lost, and never the password in a message."""

from __future__ import annotations

import email
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default as policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from order_rounds_made import a_round

from hub import mail, notices
from hub.work_orders import due_now
from operations import notices as kept
from operations import order_rounds, work_orders
from operations.order_rounds import Round
from operations.ports import free_port
from operations.settings import Settings
from operations.store import Store

TUESDAY = datetime(2026, 6, 30, 8)


@dataclass
class Mailbox:
    """What a server got; `says` is its answer to a whole mail, in turn, the last one for ever."""

    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    says: list[str] = field(default_factory=lambda: ["250 OK"])

    async def handle_DATA(self, _server: object, _session: Session, envelope: Envelope) -> str:
        answer = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        if answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            found = email.message_from_bytes(envelope.content, policy=policy)
            assert isinstance(found, EmailMessage)
            self.mails.append(found)
            self.recipients.append(list(envelope.rcpt_tos))
        return answer


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[Controller]:
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def settings(tmp_path: Path, server: Controller) -> Settings:
    made = Settings(
        home=tmp_path,
        as_of=TUESDAY,
        smtp_url=f"smtp://127.0.0.1:{server.port}",
        mail_from="hub@example.org",
    )
    made.prepare()
    return made


Build = Callable[..., notices.Delivered]


@pytest.fixture
def build(settings: Settings) -> Build:
    """build(day, rounds…): what a build on that day of the world tells the people's side and the departments."""

    def at(day: int, *rounds: Round, **changes: Any) -> notices.Delivered:
        store = Store(replace(settings, as_of=TUESDAY + timedelta(days=day), **changes))
        order_rounds.follow(store, rounds, due_now(store.settings), store.settings.clock())
        return notices.tell(store)

    return at


def to(mailbox: Mailbox, address: str) -> list[EmailMessage]:
    return [one for one in mailbox.mails if address in str(one["To"])]


def test_a_department_gets_one_mail_a_day_however_many_orders_and_builds(build: Build, mailbox: Mailbox) -> None:
    build(0, a_round(rule_id="a.x", rows_open=12), a_round(rule_id="b.y", rows_open=1))
    build(
        0,
        a_round(rule_id="a.x", rows_open=12),
        a_round(rule_id="b.y", rows_open=1),
        a_round(rule_id="c.z", rows_open=1),
    )
    (one,) = to(mailbox, "peoples-mediation@example.org")
    assert one["Subject"] == "【数据质量整改】省司法厅 2026-06-30：新派发 2 件"
    text = one.get_content()
    assert "GD20260630-0001  人民调解大数据管理平台 · 证件号码校验位不符" in text
    assert "未改 12 行，2026-07-07 到期，剩余 5 个工作日  /orders/GD20260630-0001" in text
    build(
        1,
        a_round(rule_id="a.x", rows_open=12),
        a_round(rule_id="b.y", rows_open=1),
        a_round(rule_id="c.z", rows_open=1),
    )
    assert "新派发 1 件" in to(mailbox, "peoples-mediation@example.org")[1]["Subject"]


def test_each_order_is_told_once_under_what_matters_most(build: Build, mailbox: Mailbox) -> None:
    def subject(day: int, *rounds: Round) -> str:
        before = len(to(mailbox, "peoples-mediation"))
        build(day, *rounds)
        new = to(mailbox, "peoples-mediation")[before:]
        return str(new[0]["Subject"]).partition("：")[2] if new else ""

    assert subject(0, a_round(rows_open=2)) == "新派发 1 件"
    assert subject(1, a_round(rows_open=2)) == ""
    assert subject(2, a_round(rows_open=2)) == "待签收 1 件"
    assert subject(6, a_round(rows_open=2)) == "即将到期 1 件"
    assert subject(8, a_round(rows_open=1, rows_corrected=1)) == "已逾期 1 件"
    assert subject(9, a_round(rows_corrected=2)) == "已复核销号 1 件"
    assert subject(10, a_round(rows_corrected=2)) == ""
    assert subject(11, a_round(rows_corrected=2), a_round(2, rows_open=1)) == "复发重开 1 件"


def test_who_gets_a_mail_is_the_contacts_word(build: Build, mailbox: Mailbox) -> None:
    build(0, a_round(system="youth_hotline", rows_open=3))
    assert [str(one["To"]) for one in mailbox.mails] == ["court-filings@example.org, court-odr@example.org"], (
        "never, and always of one of a department's two systems"
    )
    assert "无待办事项" in mailbox.mails[0]["Subject"]
    assert "现无未办结的数据质量整改工单" in mailbox.mails[0].get_content()
    build(8, a_round(system="youth_hotline", rows_open=3))
    assert to(mailbox, "youth-hotline@") == []
    assert len(to(mailbox, "youth-league-leader@example.org")) == 1, "what nobody answers is told above all the same"


def test_a_refused_mail_fails_nothing_and_goes_with_the_next_build(build: Build, mailbox: Mailbox) -> None:
    mailbox.says = ["554 no thanks", "554 no thanks", "250 OK"]
    done = build(0, a_round(rows_open=2))
    assert (done.sent, done.waiting) == (0, 2)
    assert "554" in done.problem
    assert build(0).sent == 2
    assert len(to(mailbox, "peoples-mediation")) == 1


def test_a_server_that_is_busy_is_asked_again_at_once(build: Build, mailbox: Mailbox) -> None:
    mailbox.says = ["451 try again", "250 OK"]
    assert build(0, a_round(rows_open=2)).waiting == 0


def test_without_a_server_mails_wait_and_the_newest_state_is_what_goes(build: Build, mailbox: Mailbox) -> None:
    assert build(0, a_round(rows_open=2), smtp_url="").problem == "HUB_SMTP_URL is not set"
    assert build(1, a_round(rows_open=2), smtp_url="").waiting == 2
    assert build(2, a_round(rows_open=2)).sent == 2
    (one,) = to(mailbox, "peoples-mediation")
    assert "2026-07-02：新派发 1 件" in one["Subject"]


def test_no_message_quotes_the_password(build: Build, settings: Settings) -> None:
    for url in (
        "smtp://hub:s3cret@127.0.0.1:1",
        "smtp://hub:s3cret@",
        "mail://hub:s3cret@host:1",
        "smtp://hub:s3cret@host:port",
    ):
        done = build(0, a_round(rows_open=2), smtp_url=url)
        assert done.sent == 0
        assert done.problem
        assert "s3cret" not in done.problem + repr(replace(settings, smtp_url=url))
    assert not [one for one in kept.listing(Store(settings)) if "s3cret" in one.problem]


def test_overdue_and_unanswered_goes_to_the_leader_and_to_us_once_a_week(
    build: Build, mailbox: Mailbox, settings: Settings
) -> None:
    told = [day for day in (0, 6, 7, 8, 9, 14, 15, 16) if told_leader(build, mailbox, day)]
    assert told == [8, 15], "due on the 7th, so from the 8th day on, then a week later"
    leader = next(one for one in mailbox.mails if "leader" in str(one["To"]))
    assert leader["To"] == "hub@example.org, justice-department-leader@example.org"
    assert leader["Subject"] == "【逾期通报】省司法厅 1 件数据质量整改工单逾期未答复"
    assert "逾期 1 个工作日" in leader.get_content()
    (order,) = work_orders.listing(Store(settings))
    assert [event["act"] for event in work_orders.events(Store(settings), order["order_no"])].count("escalate") == 2


def told_leader(build: Build, mailbox: Mailbox, day: int) -> bool:
    before = len([one for one in mailbox.mails if "leader" in str(one["To"])])
    build(day, a_round(rows_open=2))
    return len([one for one in mailbox.mails if "leader" in str(one["To"])]) > before


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate of localhost and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    paths = folder / "cert.pem", folder / "key.pem"
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths[0].write_bytes(made.public_bytes(Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return paths


@pytest.mark.parametrize("scheme", ["starttls", "smtps"])
def test_encrypted_sessions_with_a_login(
    scheme: str, certificate: tuple[Path, Path], mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    asked: list[LoginPassword] = []

    def authenticator(
        _server: object, _session: object, _envelope: object, _kind: str, given: LoginPassword
    ) -> AuthResult:
        asked.append(given)
        return AuthResult(success=given == LoginPassword(b"hub@example.org", b"p@ss"), handled=False)

    shared: dict[str, Any] = {"authenticator": authenticator, "auth_required": True}
    if scheme == "starttls":
        controller = Controller(
            mailbox, hostname="localhost", port=free_port(), tls_context=context, require_starttls=True, **shared
        )
    else:
        shared["auth_require_tls"] = False  # the whole session is encrypted, which the server cannot see
        controller = Controller(mailbox, hostname="localhost", port=free_port(), ssl_context=context, **shared)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "hub@example.org", "x@example.org", "中文"
    message.set_content("正文")
    controller.start()
    try:
        mail.send(f"{scheme}://hub%40example.org:p%40ss@localhost:{controller.port}", message)
        with pytest.raises(mail.UnreachableError, match="does not accept the user"):
            mail.send(f"{scheme}://hub:wrong@localhost:{controller.port}", message)
    finally:
        controller.stop()
    assert [one["Subject"] for one in mailbox.mails] == ["中文"]
    assert [one.password for one in asked[:2]] == [b"p@ss", b"wrong"]
