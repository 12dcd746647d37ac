"""Signing in to the portal as a person does, with its form."""

from __future__ import annotations

from fastapi.testclient import TestClient
from httpx import Response

from operations import users
from operations.settings import Settings
from operations.store import Store
from portal.app import create_app

PASSWORD = "correct horse 141"


def csrf(text: str) -> str:
    """The token that the forms of a page carry."""
    return text.split('name="csrf" value="')[1].split('"')[0]


def sign_in(client: TestClient, login: str = "leader", password: str = PASSWORD) -> Response:
    """What the portal answers to the form of its first page."""
    form = {"csrf": csrf(client.get("/login").text), "login": login, "password": password}
    return client.post("/login", data=form)


def leader_of(home: Settings) -> TestClient:
    """A client that follows no redirects, in which a new leader of the province is signed in."""
    users.create(Store(home), "leader", PASSWORD, "province")
    client = TestClient(create_app(home), follow_redirects=False)
    assert sign_in(client).headers["location"] == "/"
    return client
