"""A fault of the portal is told in words; what the exception quotes stays in the private zone."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from hub.steps import faults_log
from operations.settings import Settings
from portal.app import create_app

PHONE = "13812341234"


def test_a_fault_of_the_portal_quotes_no_value_and_keeps_its_traceback(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(home=tmp_path)
    settings.prepare()
    app = create_app(settings)

    def fails() -> None:
        raise ValueError(f"cannot read {PHONE}")

    app.add_api_route("/fails", fails)
    with caplog.at_level(logging.DEBUG):
        # What the app raises reaches the server, whose log has the whole traceback; this client raises it instead.
        answer = TestClient(app, raise_server_exceptions=True).get("/fails")
    assert answer.status_code == 500
    assert "请把时间和地址告诉数据工程师" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "GET /fails failed: ValueError" in caplog.text
    assert PHONE not in answer.text + caplog.text
    assert PHONE in faults_log(settings).read_text(encoding="utf-8")
    assert faults_log(settings).stat().st_mode & 0o077 == 0
