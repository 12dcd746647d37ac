"""Sign-in: signed sessions that end, CSRF tokens, a brake on guessing, one-time passwords."""

from __future__ import annotations

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from signing_in import PASSWORD, csrf, sign_in

from hub import accounts
from operations import keys, users
from operations.settings import Settings
from operations.store import Store
from portal.app import create_app
from portal.session import COOKIE, LIFETIME, Attempts, Sessions, local_path


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    found = Settings(home=tmp_path)
    found.prepare()
    users.create(Store(found), "leader", PASSWORD, "province")
    return found


@pytest.fixture
def client(home: Settings) -> TestClient:
    return TestClient(create_app(home), follow_redirects=False)


def test_the_session_cookie_is_http_only_lax_and_ends(client: TestClient) -> None:
    cookie = sign_in(client).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert f"max-age={int(LIFETIME.total_seconds())}" in cookie


def test_a_wrong_login_and_a_wrong_password_get_the_same_answer(client: TestClient) -> None:
    assert sign_in(client, password="wrong wrong wrong").status_code == 401
    assert sign_in(client, login="nobody").status_code == 401


def test_a_post_without_the_token_is_refused(client: TestClient) -> None:
    client.get("/login")
    form = {"login": "leader", "password": PASSWORD}
    assert client.post("/login", data=form).status_code == 403
    assert client.post("/login", data={**form, "csrf": "guess"}).status_code == 403
    assert sign_in(client).status_code == 303
    assert client.post("/logout").status_code == 403
    assert client.post("/password", data={"current": PASSWORD, "new": "a" * 12, "again": "a" * 12}).status_code == 403


def test_a_session_older_than_its_lifetime_leads_to_sign_in(home: Settings, client: TestClient) -> None:
    class Yesterday(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(time.time() - LIFETIME.total_seconds() - 5)

    old = URLSafeTimedSerializer(
        keys.key(home, "session"), salt="portal", signer=Yesterday, signer_kwargs={"digest_method": hashlib.sha256}
    )
    client.cookies.set(COOKIE, str(old.dumps({"login": "leader", "csrf": "x"})))
    assert client.get("/metrics").headers["location"].startswith("/login")


def test_a_rotated_key_signs_at_once_and_signs_nobody_out_until_the_old_one_is_destroyed(home: Settings) -> None:
    running = Sessions(home)
    _, before = running.issue("leader")
    keys.make(home, keys.next_name(home, "session"))
    _, after = running.issue("leader")
    assert [session.login for cookie in (before, after) if (session := running.read(cookie))] == ["leader", "leader"]
    keys.destroy(home.keys, "session")
    assert running.read(before) is None
    assert running.read(after) is not None


def test_a_forged_cookie_is_nobody(home: Settings) -> None:
    forged = URLSafeTimedSerializer(b"0" * 32, salt="portal").dumps({"login": "leader", "csrf": "x"})
    assert Sessions(home).read(str(forged)) is None
    assert Sessions(home).read("x") is None
    _, cookie = Sessions(home).issue("leader")
    assert Sessions(home).read(cookie[:-1]) is None


def test_guessing_stops_after_five_failures(client: TestClient) -> None:
    for _ in range(Attempts.PER_LOGIN):
        assert sign_in(client, password="wrong wrong wrong").status_code == 401
    assert sign_in(client).status_code == 429


def test_guesses_at_the_same_time_are_counted_too(home: Settings) -> None:
    app = create_app(home)
    clients = [TestClient(app, follow_redirects=False) for _ in range(3 * Attempts.PER_LOGIN)]
    with ThreadPoolExecutor(len(clients)) as threads:
        answers = list(threads.map(lambda one: sign_in(one, password="wrong wrong wrong").status_code, clients))
    assert sorted(answers) == [401] * Attempts.PER_LOGIN + [429] * (len(clients) - Attempts.PER_LOGIN)


def test_failures_are_forgotten_after_the_window() -> None:
    now = [0.0]
    attempts = Attempts(lambda: now[0])
    for _ in range(Attempts.PER_LOGIN):
        assert attempts.begin("leader", "10.0.0.1")
    assert not attempts.begin("leader", "10.0.0.2")
    assert attempts.begin("other", "10.0.0.2")
    now[0] = Attempts.WINDOW + 1
    assert attempts.begin("leader", "10.0.0.1")


def test_many_who_sign_in_from_one_address_are_not_taken_for_guesses() -> None:
    attempts = Attempts()
    for number in range(2 * Attempts.PER_ADDRESS):
        assert attempts.begin(f"login{number}", "10.0.0.1")
        attempts.succeeded(f"login{number}", "10.0.0.1")


def test_the_first_start_prints_a_one_time_password_that_must_be_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(home=tmp_path)
    settings.prepare()
    client = TestClient(create_app(settings), follow_redirects=False)
    once = capsys.readouterr().out.strip().rsplit(" ", 1)[1]
    create_app(settings)
    assert capsys.readouterr().out == ""  # only the first start says it
    assert sign_in(client, "admin", once).status_code == 303
    assert client.get("/metrics").headers["location"] == "/password"
    form = {"csrf": csrf(client.get("/password").text), "current": once, "new": "my own words", "again": "my own words"}
    assert "不一致" in client.post("/password", data={**form, "again": "other words"}).text
    assert "不能与当前密码相同" in client.post("/password", data={**form, "new": once, "again": once}).text
    assert "至少 10 个字符" in client.post("/password", data={**form, "new": "short", "again": "short"}).text
    assert client.post("/password", data=form).headers["location"] == "/"
    assert client.get("/metrics").status_code == 503  # signed in; nothing is published here


def test_a_removed_account_loses_its_session_at_once(home: Settings, client: TestClient) -> None:
    _, cookie = Sessions(home).issue("somebody who was removed")
    client.cookies.set(COOKIE, cookie)
    assert client.get("/metrics").headers["location"].startswith("/login")


@pytest.mark.parametrize("end", ["password", "close", "close and reopen"])
def test_a_session_ends_with_the_password_that_it_began_under(home: Settings, client: TestClient, end: str) -> None:
    assert sign_in(client).status_code == 303
    token = client.post("/api/sign-in", json={"login": "leader", "password": PASSWORD}).json()["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.get("/metrics").status_code == 503  # signed in; nothing is published here
    assert client.get("/api/returns/330108", headers=bearer).status_code == 403
    store, once = Store(home), ""
    if end == "password":
        _, once = accounts.password(store, "leader")
    else:
        accounts.close(store, "leader")
        assert sign_in(client).status_code == 401
    if end == "close and reopen":
        _, once = accounts.reopen(store, "leader")
    if once:
        users.change_password(store, "leader", PASSWORD)  # the old one: what began under it is over
    assert client.get("/metrics").headers["location"].startswith("/login")
    assert client.get("/api/returns/330108", headers=bearer).status_code == 401


def test_another_password_ends_the_other_sessions_of_a_person(home: Settings, client: TestClient) -> None:
    elsewhere = TestClient(client.app, follow_redirects=False)
    assert sign_in(client).status_code == 303
    assert sign_in(elsewhere).status_code == 303
    form = {
        "csrf": csrf(client.get("/password").text),
        "current": PASSWORD,
        "new": "my own words",
        "again": "my own words",
    }
    assert client.post("/password", data=form).headers["location"] == "/"
    assert client.get("/metrics").status_code == 503  # signed in
    assert elsewhere.get("/metrics").headers["location"].startswith("/login")


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/case?code=JF1", "/case?code=JF1"),
        ("https://other.example/", "/"),
        ("//other.example", "/"),
        ("/\\other.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_sign_in_forwards_within_the_portal_only(target: str, path: str) -> None:
    assert local_path(target) == path
