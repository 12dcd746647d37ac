"""AIRFLOW_CONN_<SYSTEM> means here what it means to Airflow."""

from __future__ import annotations

import json

import pytest

from operations.credentials import Credentials, CredentialsError, credentials

PASSWORD = "p@ss/w:rd?#%"


def given(text: str) -> Credentials:
    return credentials("court_odr", {"AIRFLOW_CONN_COURT_ODR": text})


def test_a_uri_is_percent_decoded() -> None:
    found = given("postgres://u:p%40ss%2Fw%3Ard%3F%23%25@db.example:5432/erp?sslmode=require")
    assert found == Credentials("u", PASSWORD, "db.example", 5432, "erp", {"sslmode": "require"})


def test_a_host_may_be_a_percent_encoded_address() -> None:
    assert given("http://u:p@https%3A%2F%2FDb.example%2Fgw:8443").host == "https://Db.example/gw"


def test_a_uri_without_parts_has_none_of_them() -> None:
    assert given("sftp://") == Credentials()
    assert given("sftp://h").port is None


def test_extra_may_be_packed_json_in_a_uri() -> None:
    assert given("http://?__extra__=%7B%22a%22%3A+%7B%22b%22%3A+1%7D%7D").extra == {"a": {"b": 1}}


@pytest.mark.parametrize("extra", [{"realm": "x"}, '{"realm": "x"}'])
def test_the_json_form(extra: object) -> None:
    text = json.dumps({"conn_type": "http", "login": "k", "password": PASSWORD, "port": "80", "extra": extra})
    assert given(text) == Credentials("k", PASSWORD, None, 80, None, {"realm": "x"})


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(CredentialsError, match="court_odr: no credentials; set AIRFLOW_CONN_COURT_ODR"):
        credentials("court_odr", {})


@pytest.mark.parametrize(
    "text",
    [
        "hunter2",
        '{"login": "hunter2"',
        "http://u:hunter2@h:port/",
        '{"port": "hunter2"}',
        '{"extra": "hunter2"}',
    ],
)
def test_what_cannot_be_read_is_not_quoted(text: str) -> None:
    with pytest.raises(CredentialsError, match="AIRFLOW_CONN_COURT_ODR cannot be read") as raised:
        given(text)
    assert "hunter2" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_the_text_form_shows_no_secret() -> None:
    assert "hunter2" not in repr(given("http://u:hunter2@h/?token=hunter2"))
