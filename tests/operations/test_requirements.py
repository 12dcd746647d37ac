"""A test that needs a service is skipped with the way to get it, and in CI it fails instead."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Require = Callable[[str, bool, str], None]
HINT = "apt-get install mariadb-server"


def test_what_is_there_is_no_reason_to_skip(require: Require) -> None:
    require("mariadb", True, HINT)


def test_a_skip_says_what_to_install(require: Require, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUB_REQUIRE", raising=False)
    with pytest.raises(pytest.skip.Exception, match=f"needs mariadb: {HINT}"):
        require("mariadb", False, HINT)


def test_nothing_is_skipped_where_all_is_required(require: Require, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_REQUIRE", "all")
    with pytest.raises(pytest.fail.Exception, match=HINT):
        require("mariadb", False, HINT)
