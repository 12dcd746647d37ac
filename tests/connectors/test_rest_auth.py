"""Each way to sign in, against a server that checks it; a refusal names the variable and never the secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from register import Register, asked, row
from sources import Answer, Call, lines

from connectors.errors import AuthError, UnreachableError
from connectors.rest.signing import signature
from schemas.declaration import System, read_system
from schemas.declared.rest_auth import SignedRequests
from schemas.delivery import Page, Window

TRIALS = Path(__file__).parent / "trials"
AUTHS: dict[str, Any] = yaml.safe_load((TRIALS / "rest_auths.yml").read_text(encoding="utf-8"))
LOGIN, PASSWORD = "联网用户", "s3cret-of-the-trial"
ALL = Window(None, None)


@dataclass
class Guard:
    """Lets a call through to the register only if it is signed in as declared, computed apart from the connector."""

    kind: str
    register: Register
    tokens: int = 0
    nonces: list[str] = field(default_factory=list)

    def __call__(self, call: Call) -> Answer:
        if call.path == "/token":
            return self._token(call)
        return self.register(call) if self._lets_in(call) else Answer(b"{}", 401)

    def _token(self, call: Call) -> Answer:
        sent = asked(call)
        if self.kind == "client":
            good = call.headers.get("Authorization") == basic(LOGIN, PASSWORD) and sent == {
                "grant_type": "client_credentials"
            }
        else:
            good = sent == {"grant_type": "password", "username": LOGIN, "password": PASSWORD} and call.headers.get(
                "Authorization"
            ) == basic("hub", "of-the-hub")
        if not good:
            return Answer(b'{"error":"invalid_grant"}', 400)
        self.tokens += 1
        return Answer(json.dumps({"access_token": f"t{self.tokens}", "expires_in": 1800}).encode())

    def _lets_in(self, call: Call) -> bool:
        authorization = call.headers.get("Authorization")
        match self.kind:
            case "none":
                return authorization is None
            case "basic":
                return authorization == basic(LOGIN, PASSWORD)
            case "bearer":
                return authorization == f"Bearer {PASSWORD}"
            case "key_in_header":
                return call.headers.get("X-Api-Key") == PASSWORD
            case "key_in_query":
                return call.query.get("ak") == PASSWORD
            case "client" | "password":
                return authorization == f"Bearer t{self.tokens}"
        return self._signed(call)

    def _signed(self, call: Call) -> bool:
        if self.kind == "hmac_in_headers":
            own = {
                name: call.headers[name].encode("latin-1").decode()
                for name in ("X-Ca-Key", "X-Ca-Timestamp", "X-Ca-Nonce")
            }
            self.nonces.append(own["X-Ca-Nonce"])
            text = "&".join(f"{name}={value}" for name, value in sorted({**asked(call), **own}.items()) if value)
            digest = hmac.new(PASSWORD.encode(), text.encode(), "sha256").digest()
            return call.headers["X-Ca-Signature"] == base64.b64encode(digest).decode()
        sent = {name: str(value) for name, value in asked(call).items() if value}
        sign = sent.pop("sign")
        if self.kind == "md5":
            self.nonces.append(sent["nonce_str"])
            text = "&".join(f"{name}={sent[name]}" for name in sorted(sent)) + f"&key={PASSWORD}"
            return sign == hashlib.md5(text.encode()).hexdigest().upper() and sent["appid"] == LOGIN
        text = PASSWORD + "".join(name + sent[name] for name in sorted(sent)) + PASSWORD
        return sign == hashlib.md5(text.encode()).hexdigest()


def basic(login: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()


def declared(folder: Path, kind: str) -> System:
    text = (TRIALS / "rest_pages.yml").read_text(encoding="utf-8")
    auth = json.dumps(AUTHS[kind], ensure_ascii=False)
    (folder / "trial.yml").write_text(text.replace("auth: {kind: none}", f"auth: {auth}"), encoding="utf-8")
    return read_system(folder / "trial.yml")


@pytest.fixture
def register() -> Register:
    return Register([row(number) for number in range(7)])


@pytest.fixture
def source(tmp_path: Path, register: Register, serve: Callable, connect: Callable) -> Callable[..., Any]:
    """Opens the trial system with one way to sign in, behind a guard that knows it."""

    def start(kind: str, password: str = PASSWORD) -> tuple[Any, System, Guard]:
        guard = Guard(kind, register)
        serve(guard)
        trial = declared(tmp_path, kind)
        extra = {"client_id": "hub", "client_secret": "of-the-hub"}
        return connect(trial, LOGIN, password, **extra), trial, guard

    return start


def rows(pages: list[Page]) -> list[Any]:
    return [msgspec.json.decode(line) for line in lines(pages)]


@pytest.mark.parametrize("kind", AUTHS)
def test_each_way_lets_us_in_by_get_by_form_by_json_and_by_link(source: Callable, kind: str) -> None:
    connector, trial, guard = source(kind)
    for way in ("page", "continued", "offset", "link_in_body"):
        assert rows(list(connector.read(trial.datasets[way], ALL, None, None))) == guard.register.rows
    assert guard.tokens == (1 if kind in ("client", "password") else 0)
    assert len(guard.nonces) == len(set(guard.nonces))


@pytest.mark.parametrize("kind", [kind for kind in AUTHS if kind != "none"])
def test_a_refusal_names_the_variable_and_no_secret(source: Callable, kind: str) -> None:
    connector, trial, _ = source(kind, "wrong-secret-of-ours")
    with pytest.raises(AuthError, match="AIRFLOW_CONN_TRIAL") as raised:
        list(connector.read(trial.datasets["offset"], ALL, None, None))
    assert "wrong-secret" not in str(raised.value)
    assert LOGIN not in str(raised.value)


@pytest.mark.parametrize("kind", [kind for kind in AUTHS if kind != "none"])
def test_a_connection_without_password_is_refused_at_once(
    tmp_path: Path, serve: Callable, connect: Callable, kind: str
) -> None:
    serve(Register([]))
    with pytest.raises(AuthError, match="the connection has no"):
        connect(declared(tmp_path, kind), LOGIN, None)


def test_a_password_token_that_ends_between_two_pages_is_fetched_anew(source: Callable) -> None:
    connector, trial, guard = source("password")

    def end_it(number: int, answer: Answer) -> None:
        if number == 2:
            guard.tokens += 1

    guard.register.alter = end_it
    assert rows(list(connector.read(trial.datasets["offset"], ALL, None, None))) == guard.register.rows


@pytest.mark.parametrize("kind", ["key_in_query", "md5"])
def test_what_signs_a_link_is_not_kept_in_a_checkpoint(
    source: Callable, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The register's links repeat every parameter that it was asked with."""
    monkeypatch.setattr("connectors.paged.PAGE_BYTES", 1)
    connector, trial, _ = source(kind)
    pages = list(connector.read(trial.datasets["link_in_body"], ALL, None, None))
    assert len(pages) > 2
    for page in pages:
        assert "token" in page.checkpoint or page is pages[-1] or page is pages[-2]
        assert not any(word in page.checkpoint for word in (PASSWORD, "sign=", "nonce_str"))


def test_a_login_of_this_machine_is_never_used(
    source: Callable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for kind in ("none", "bearer"):
        connector, trial, guard = source(kind)
        assert rows(list(connector.read(trial.datasets["offset"], ALL, None, None))) == guard.register.rows


def test_the_proxy_that_the_environment_names_is_asked(
    tmp_path: Path, connect: Callable, serve: Callable, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", serve(Guard("none", register)))
    trial = declared(tmp_path, "none")
    monkeypatch.setenv("TRIAL_URL", "http://department.invalid")
    assert rows(list(connect(trial).read(trial.datasets["offset"], ALL, None, None))) == register.rows
    monkeypatch.setenv("no_proxy", "department.invalid")
    with pytest.raises(UnreachableError, match="no connection"):
        list(connect(trial).read(trial.datasets["offset"], ALL, None, None))


def test_known_signatures() -> None:
    """The example of WeChat Pay's interface document (signature algorithm, MD5)."""
    parameters = {
        "appid": "wxd930ea5d5a258f4f",
        "mch_id": "10000100",
        "device_info": "1000",
        "body": "test",
        "nonce_str": "ibuaiVcKdpRxkhJA",
        "attach": "",
    }
    words = {"kind": "signed", "key_param": "a", "time_param": "b", "sign_param": "c", "digest": "upper_hex"}
    md5 = SignedRequests(**words, algorithm="md5", secret_param="key")
    key = "192006250b4c09247ec02edce69f6a2d"
    assert signature(md5, parameters, key) == "9A0A8659F005D6984697E2CA0A9CF3B7"


def test_two_connectors_share_one_password_token(source: Callable, connect: Callable) -> None:
    connector, trial, guard = source("password")
    list(connector.read(trial.datasets["offset"], ALL, None, None))
    second = connect(trial, LOGIN, PASSWORD, client_id="hub", client_secret="of-the-hub")
    list(second.read(trial.datasets["offset"], ALL, None, None))
    assert guard.tokens == 1
